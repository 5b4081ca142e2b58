#include "apps/usage_error.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <longtail/config/suggest.h>
#include <longtail/error.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <iterator>
#include <string_view>
#include <system_error>
#include <utility>

#include "core/io/atomic_file.h"
#include "registry/text/affixes.h"
#include "registry/text/visible.h"

namespace longtail::app {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> verbs_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* verb : app.get_subcommands(nullptr)) {
    if (!verb->get_name().empty()) names.push_back(verb->get_name());
  }
  return names;
}

/// With those of its option groups, which CLI11 keeps as verbs without a name.
std::vector<const CLI::Option*> options_of(const CLI::App& app) {
  std::vector<const CLI::Option*> options = app.get_options();
  for (const CLI::App* group : app.get_subcommands(nullptr)) {
    if (!group->get_name().empty()) continue;
    for (const CLI::Option* option : group->get_options()) options.push_back(option);
  }
  return options;
}

std::vector<std::string> names_of(const std::vector<const CLI::Option*>& options) {
  std::vector<std::string> names;
  for (const CLI::Option* option : options) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

const CLI::Option* find_option(const CLI::App& app, const std::string& name) {
  for (const CLI::Option* option : options_of(app)) {
    if (option->check_name(name)) return option;
  }
  return nullptr;
}

bool is_assignment(const std::string& word) {
  const auto equals = word.find('=');
  if (equals == std::string::npos || equals == 0 || word[0] == '-') return false;
  return std::all_of(word.begin(), word.begin() + static_cast<std::ptrdiff_t>(equals),
                     [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '.' || c == '-'; });
}

/// Walks along the words from verb to verb.
class Walk {
 public:
  explicit Walk(const CLI::App& cli) : cli_(cli), app_(&cli) {}

  void follow(const std::vector<std::string>& words) {
    for (std::size_t i = 0; i < words.size() && words[i] != "--" && !lost_; ++i) {
      if (starts_with(words[i], "--")) {
        i += values_after(words[i]);
      } else if (!starts_with(words[i], "-")) {
        enter(words[i]);
      }
    }
  }

  const std::string& called() const { return called_; }
  const std::string& mistakes() const { return mistakes_; }

 private:
  /// How many of the next words belong to this option.
  std::size_t values_after(const std::string& word) {
    const auto equals = word.find('=');
    const std::string name = word.substr(0, equals);
    const CLI::Option* option = find_option(*app_, name);
    if (option == nullptr) option = find_option(cli_, name);
    if (option != nullptr) {
      return equals == std::string::npos ? static_cast<std::size_t>(option->get_items_expected_min()) : 0;
    }
    std::vector<std::string> names = names_of(options_of(*app_));
    for (const std::string& shared : names_of(options_of(cli_))) {
      if (std::find(names.begin(), names.end(), shared) == names.end()) names.push_back(shared);
    }
    mistakes_ += fmt::format("error: '{}' has no option {}{}; `{} --help` lists them\n", called_, name,
                             did_you_mean(name, names), called_);
    unknown_option_ = equals == std::string::npos;
    return 0;
  }

  void enter(const std::string& word) {
    const std::vector<std::string> verbs = verbs_of(*app_);
    if (verbs.empty()) return;  // an argument
    if (std::find(verbs.begin(), verbs.end(), word) != verbs.end()) {
      app_ = app_->get_subcommand(word);
      called_ += " " + word;
      return;
    }
    if (std::exchange(unknown_option_, false)) return;  // its value, probably
    mistakes_ += fmt::format("error: '{}' has no verb '{}'{}; `{} --help` lists them\n", called_, word,
                             did_you_mean(word, verbs), called_);
    lost_ = true;
  }

  const CLI::App& cli_;
  const CLI::App* app_;
  std::string called_ = "longtail";
  std::string mistakes_;
  bool unknown_option_ = false;  // the word before was one without a value
  bool lost_ = false;            // what follows an unknown verb cannot be judged
};

/// CLI11's words, where it has better ones than "1 required INT:from 0 missing".
std::string in_plain_words(const CLI::App& cli, const CLI::ParseError& refusal) {
  const std::string text = refusal.what();
  if (starts_with(text, "The following argument")) {  // CLI11 2.1 tells them backwards
    return fmt::format("not expected: {}", fmt::join(cli.remaining(true), " "));
  }
  if (text == "A subcommand is required") return "a verb is missing";
  const auto colon = text.find(": ");
  if (colon == std::string::npos) return text;
  if (starts_with(text, "Could not convert: ")) return "cannot be understood: " + text.substr(colon + 2);
  const bool no_value = refusal.get_name() == "ArgumentMismatch" && text.find(" missing") != std::string::npos;
  return no_value ? text.substr(0, colon) + " needs a value" : text;
}

[[noreturn]] void fail(const std::string& option, const fs::path& path, const std::string& problem) {
  throw Error(ExitCode::other, fmt::format("{} {}: {}", option, path.string(), problem));
}

std::string reason_of(int code) { return std::generic_category().message(code); }

}  // namespace

std::vector<std::string> spread_sets(const std::vector<std::string>& words) {
  std::vector<std::string> spread;
  bool after_pair = false;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool another = after_pair && is_assignment(words[i]);
    if (another) spread.emplace_back("--set");
    spread.push_back(words[i]);
    after_pair = another || starts_with(words[i], "--set=");
    if (words[i] == "--set" && i + 1 < words.size()) {
      spread.push_back(words[++i]);
      after_pair = true;
    }
  }
  return spread;
}

std::string usage_error(const CLI::App& cli, const std::vector<std::string>& words, const CLI::ParseError& refusal) {
  std::vector<std::string> shown;
  for (const std::string& word : words) shown.push_back(visible(word));
  Walk walk(cli);
  walk.follow(shown);
  if (!walk.mistakes().empty()) return walk.mistakes();
  const bool verb_missing = std::string_view(refusal.what()) == "A subcommand is required";
  return fmt::format("error: {}: {}; `{} --help` {}\n", walk.called(), visible(in_plain_words(cli, refusal)),
                     walk.called(), verb_missing ? "lists them" : "tells more");
}

void require_place_for(const std::string& option, const fs::path& file) {
  if (file.empty()) return;
  std::error_code ignored;
  if (const std::string why = why_not_replaced(file); !why.empty()) fail(option, file, why);
  if (fs::is_directory(file, ignored)) fail(option, file, "this is a folder; name a file in it");
  const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  if (!fs::is_directory(folder, ignored)) {
    fail(option, file,
         fmt::format("there is no folder {}; make it first (mkdir -p), or choose another one", folder.string()));
  }
  if (::access(folder.c_str(), W_OK) != 0) {
    fail(option, file, fmt::format("cannot write in {}: {}; choose another folder", folder.string(), reason_of(errno)));
  }
}

void make_output_folder(const std::string& option, const fs::path& folder) {
  if (folder.empty()) return;
  std::error_code problem;
  if (fs::exists(folder, problem) && !fs::is_directory(folder, problem)) {
    fail(option, folder, "this is a file; name a folder");
  }
  fs::create_directories(folder, problem);
  if (problem) fail(option, folder, fmt::format("cannot make this folder: {}; choose another one", problem.message()));
  if (::access(folder.c_str(), W_OK) != 0) {
    fail(option, folder, fmt::format("cannot write in this folder: {}; choose another one", reason_of(errno)));
  }
}

}  // namespace longtail::app
