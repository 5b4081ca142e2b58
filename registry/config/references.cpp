#include <longtail/config/compose.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "registry/config/limits.h"
#include "registry/config/paths.h"
#include "registry/config/scalar.h"
#include "registry/text/visible.h"

namespace longtail {
namespace {

constexpr int max_nested_walks = 1000;  // a reference that needs a reference that needs ...
constexpr std::size_t most_suggestions = 100;
constexpr std::size_t most_shown = 200;  // of a reference in a message

std::string trimmed(std::string_view text) {
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  return std::string(text);
}

// The position after the '}' that closes the "${" at `start`, or npos.
std::size_t reference_end(std::string_view text, std::size_t start) {
  int open = 0;
  for (std::size_t i = start; i < text.size(); ++i) {
    if (text.substr(i, 2) == "${") {
      ++open;
      ++i;
    } else if (text[i] == '}' && --open == 0) {
      return i + 1;
    }
  }
  return std::string_view::npos;
}

/// Resolves each reference after what it refers to, depth first.
class Resolver {
 public:
  Resolver(Node& root, Diagnostics& diagnostics) : root_(root), diagnostics_(diagnostics) {}

  void run() { walk(root_, "", 0); }

 private:
  enum class State { active, done, failed };

  // False where anything below could not be resolved.
  bool walk(Node& node, const std::string& path, int depth) {
    if (node.is_scalar()) return node.text().find("${") == std::string::npos || resolve(node, path, depth);
    if (walks_ >= max_nested_walks) return refuse_chain(node);
    const std::size_t children = node.items().size() + node.entries().size();
    if (!spend(1 + children * (1 + path.size() / 64), node)) return false;  // each gets a path of its own
    ++walks_;
    bool good = true;
    for (std::size_t i = 0; i < node.items().size(); ++i) {
      good &= walk(node.items()[i], join_path(path, std::to_string(i)), depth + 1);
    }
    for (Node::Entry& entry : node.entries()) good &= walk(entry.value, join_path(path, entry.key), depth + 1);
    --walks_;
    return good;
  }

  bool resolve(Node& node, const std::string& path, int depth) {
    auto [state, is_new] = states_.emplace(&node, State::active);
    if (!is_new) {
      if (state->second == State::active) report_cycle(node);
      return state->second == State::done;
    }
    if (walks_ >= max_nested_walks) {
      refuse_chain(node);
      return fail(node);
    }
    ++walks_;
    chain_.emplace_back(&node, path);
    Node value;
    bool good = expand(node.text(), node, depth, value);
    chain_.pop_back();
    --walks_;
    if (!good) return fail(node);
    std::vector<Node::Origin> origins = std::move(node.origins());
    origins.push_back({node.mark(), visible(node.text(), most_shown)});
    value.set_mark(node.mark());
    value.origins() = std::move(origins);
    node = std::move(value);
    states_[&node] = State::done;
    return true;
  }

  bool refuse_chain(const Node& node) {
    diagnostics_.error(node.mark(),
                       "references lead to references more than " + std::to_string(max_nested_walks) + " times");
    return false;
  }

  /// False, told once, when all references together take too much work.
  bool spend(std::size_t work, const Node& place) {
    work_ += work;
    if (work_ <= max_reference_work) return true;
    if (!std::exchange(too_much_, true)) {
      diagnostics_.error(place.mark(), "the references are too much work: more than " +
                                           std::to_string(max_reference_work) + " values to look at");
    }
    return false;
  }

  /// Counts what a reference brings; false, told once, where it is too much.
  bool take(std::size_t values, std::size_t bytes, const std::string& path, const Node& place) {
    copied_ += values;
    text_ += bytes;
    if (copied_ <= max_copied && text_ <= max_copied_text) return true;
    const bool many = copied_ > max_copied;
    refuse_growth(path, place,
                  "more than " + std::to_string(many ? max_copied : max_copied_text) +
                      (many ? " values" : " bytes of text") + " of references");
    return false;
  }

  void refuse_growth(const std::string& path, const Node& place, const std::string& bound) {
    if (std::exchange(too_big_, true)) return;
    diagnostics_.error(place.mark(),
                       "'${" + visible(path, most_shown) + "}' makes the configuration too big: " + bound);
  }

  bool fail(const Node& node) {
    states_[&node] = State::failed;
    return false;
  }

  void report_cycle(const Node& node) {
    auto is_node = [&](const auto& link) { return link.first == &node; };
    auto start = std::find_if(chain_.begin(), chain_.end(), is_node);
    if (chain_.end() - start == 1) {
      diagnostics_.error(node.mark(), "'" + start->second + "' refers to itself");
      return;
    }
    std::string chain;
    for (auto link = start; link != chain_.end(); ++link) chain += link->second + " -> ";
    diagnostics_.error(node.mark(), "references go round in a circle: " + chain + start->second);
  }

  // One reference keeps its type; among other text it becomes text.
  bool expand(const std::string& text, const Node& place, int depth, Node& out) {
    if (text.size() > max_reference_text) {
      diagnostics_.error(place.mark(), "a text with references is longer than " + std::to_string(max_reference_text) +
                                           " bytes: is '${' meant as one?");
      return false;
    }
    if (text.compare(0, 2, "${") == 0 && reference_end(text, 0) == text.size()) {
      return evaluate(text.substr(2, text.size() - 3), place, depth, out);
    }
    std::string result;
    bool good = true;
    for (std::size_t at = 0; at < text.size();) {
      std::size_t start = text.find("${", at);
      result += text.substr(at, start - at);
      if (start == std::string::npos) break;
      std::size_t end = reference_end(text, start);
      if (end == std::string::npos) {
        diagnostics_.error(place.mark(), "'${' without '}' in '" + visible(text, most_shown) + "'");
        return false;
      }
      std::string expression = text.substr(start + 2, end - start - 3);
      Node value;
      if (!evaluate(expression, place, depth, value)) {
        good = false;
        if (too_big_ || too_much_ || is_full(diagnostics_)) return false;
      } else if (!value.is_scalar()) {
        diagnostics_.error(place.mark(), "'${" + visible(expression, most_shown) + "}' is " + kind_name(value) +
                                             " and cannot be part of a text");
        good = false;
      } else {
        result += value.text();
      }
      at = end;
    }
    out = Node::of(result);
    return good;
  }

  static const char* kind_name(const Node& node) {
    return node.is_map() ? "a map" : node.is_list() ? "a list" : "null";
  }

  bool evaluate(const std::string& expression, const Node& place, int depth, Node& out) {
    if (too_big_ || too_much_) return false;
    std::string path = trimmed(expression);
    if (path.compare(0, 4, "env:") == 0) return evaluate_environment(path.substr(4), place, depth, out);
    if (path.empty() || path.find_first_of(":${},") != std::string::npos) {
      diagnostics_.error(place.mark(), "'${" + visible(expression, most_shown) +
                                           "}' is no reference: write ${key.sub} or ${env:NAME,default}");
      return false;
    }
    int target_depth = static_cast<int>(std::count(path.begin(), path.end(), '.')) + 1;
    if (!spend(static_cast<std::size_t>(target_depth) * (1 + root_.entries().size()), place)) return false;
    Node* target = const_cast<Node*>(root_.find_path(path));
    if (target == nullptr) {
      const bool few = diagnostics_.findings().size() < most_suggestions;
      diagnostics_.error(place.mark(), "'${" + visible(path, most_shown) + "}' refers to nothing" +
                                           (few ? suggest_path(root_, path) : ""));
      return false;
    }
    if (!walk(*target, path, target_depth)) return false;
    Extent extent = extent_of(*target);
    if (!spend(extent.values, place) || !take(extent.values, extent.text, path, place)) return false;
    if (depth + extent.height > max_depth) {
      refuse_growth(path, place, "nested deeper than " + std::to_string(max_depth) + " levels");
      return false;
    }
    out = *target;
    return true;
  }

  bool evaluate_environment(const std::string& expression, const Node& place, int depth, Node& out) {
    std::size_t comma = expression.find(',');
    std::string name = trimmed(expression.substr(0, comma));
    if (name.empty() || name.find_first_of("${}= ") != std::string::npos) {
      diagnostics_.error(place.mark(),
                         "'${env:" + visible(expression, most_shown) + "}' names no environment variable");
      return false;
    }
    std::string text;
    if (const char* value = std::getenv(name.c_str())) {
      text = value;
      if (!is_utf8(text)) {
        diagnostics_.error(place.mark(), "the environment variable " + name + " is no text in UTF-8: '" +
                                             visible(text, most_shown) + "'; a configuration cannot hold it");
        return false;
      }
      if (!take(1, text.size(), "env:" + name, place)) return false;
    } else if (comma == std::string::npos) {
      diagnostics_.error(place.mark(), "the environment variable " + name +
                                           " is not set: set it, or write ${env:" + name + ",default}");
      return false;
    } else {
      text = trimmed(expression.substr(comma + 1));
      if (text.find("${") != std::string::npos) return expand_default(text, place, depth, out);
    }
    out = text.empty() ? Node::of("") : Node::scalar(text, true);
    return true;
  }

  bool expand_default(const std::string& text, const Node& place, int depth, Node& out) {
    if (defaults_ >= max_nested_defaults) {
      diagnostics_.error(place.mark(), "the defaults of ${env:NAME,default} are nested deeper than " +
                                           std::to_string(max_nested_defaults) + " levels");
      return false;
    }
    ++defaults_;
    const bool good = expand(text, place, depth, out);
    --defaults_;
    return good;
  }

  Node& root_;
  Diagnostics& diagnostics_;
  std::unordered_map<const Node*, State> states_;
  std::vector<std::pair<const Node*, std::string>> chain_;
  std::size_t copied_ = 0;
  std::size_t text_ = 0;
  std::size_t work_ = 0;
  bool too_big_ = false;  // told once, as the next
  bool too_much_ = false;
  int walks_ = 0;
  int defaults_ = 0;
};

}  // namespace

void resolve_references(Node& root, Diagnostics& diagnostics) { Resolver(root, diagnostics).run(); }

bool is_unresolved(const Node& node, const Diagnostics& diagnostics) {
  // A text of the environment may hold a "${" too: without any finding it is meant.
  return node.is_scalar() && !diagnostics.ok() && node.text().find("${") != std::string::npos;
}

}  // namespace longtail
