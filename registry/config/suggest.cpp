#include <longtail/config/suggest.h>

#include <algorithm>
#include <cctype>

namespace longtail {
namespace {

constexpr std::size_t longest_word = 200;       // the distance is quadratic; nobody mistypes more than this
constexpr std::size_t most_candidates = 10000;  // nobody reads through more either

// Case and the kind of separator are no reason to miss a candidate.
std::string folded(std::string_view word) {
  std::string text(word.substr(0, longest_word));
  for (char& c : text) {
    c = c == '-' || c == ' ' ? '_' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return text;
}

// Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment); any number from `limit` on
// where there are at least so many.
std::size_t distance(const std::string& a, const std::string& b, std::size_t limit) {
  if (std::max(a.size(), b.size()) - std::min(a.size(), b.size()) >= limit) return limit;
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + change});
      bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, last);
    std::swap(last, row);
    const auto least = [](const std::vector<std::size_t>& of) { return *std::min_element(of.begin(), of.end()); };
    if (least(last) >= limit && least(before) >= limit) return limit;
  }
  return last[b.size()];
}

// "lr" for "learning_rate".
std::string initials(const std::string& word) {
  std::string letters;
  bool start = true;
  for (char c : word) {
    if (start && c != '_') letters += c;
    start = c == '_';
  }
  return letters;
}

}  // namespace

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  std::string target = folded(word);
  if (target.empty() || candidates.size() > most_candidates) return "";
  std::string best;
  std::size_t best_distance = std::clamp<std::size_t>((target.size() + 1) / 3, 1, 6) + 1;
  if (target.size() <= 2) best_distance = 2;
  for (const std::string& candidate : candidates) {
    std::string other = folded(candidate);
    std::size_t edits = distance(target, other, best_distance);
    // Wholly different short words ("a" for "b") are no help.
    if (edits >= std::max(target.size(), other.size())) continue;
    if (edits < best_distance) {
      best_distance = edits;
      best = candidate;
    }
  }
  if (!best.empty()) return best;
  for (const std::string& candidate : candidates) {
    std::string other = folded(candidate);
    bool abbreviation = target.size() >= 2 && other.find('_') != std::string::npos && initials(other) == target;
    bool beginning = target.size() >= 3 && other.compare(0, target.size(), target) == 0;
    if (abbreviation || beginning) return candidate;
  }
  return "";
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  std::string best = nearest(word, candidates);
  return best.empty() ? "" : " (did you mean '" + best + "'?)";
}

}  // namespace longtail
