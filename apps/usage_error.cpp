#include "apps/usage_error.h"

#include <fmt/format.h>
#include <longtail/config/suggest.h>

#include <string_view>
#include <vector>

namespace longtail::app {
namespace {

std::vector<std::string> verbs_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* verb : app.get_subcommands(nullptr)) names.push_back(verb->get_name());
  return names;
}

std::vector<std::string> options_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

bool contains(const std::vector<std::string>& names, std::string_view name) {
  for (const std::string& one : names) {
    if (one == name) return true;
  }
  return false;
}

}  // namespace

std::string usage_error(const CLI::App& cli, int argc, const char* const* argv) {
  const CLI::App* app = &cli;
  std::string called = "longtail", mistakes;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const std::vector<std::string> verbs = verbs_of(*app);
    if (word.rfind("--", 0) == 0) {
      const std::string name = word.substr(0, word.find('='));
      const std::vector<std::string> options = options_of(*app);
      if (name == "--" || contains(options, name)) continue;
      if (app != &cli && contains(options_of(cli), name)) {
        mistakes += fmt::format("error: {} stands before the verb: longtail {} ... {}\n", name, name, called.substr(9));
        continue;
      }
      mistakes += fmt::format("error: '{}' has no option {}{}; `{} --help` lists them\n", called, name,
                              did_you_mean(name, options), called);
    } else if (contains(verbs, word)) {
      app = app->get_subcommand(word);
      called += " " + word;
    } else if (!verbs.empty() && (i == 1 || app != &cli)) {
      mistakes += fmt::format("error: '{}' has no verb '{}'{}; `{} --help` lists them\n", called, word,
                              did_you_mean(word, verbs), called);
      break;
    }
  }
  return mistakes;
}

}  // namespace longtail::app
