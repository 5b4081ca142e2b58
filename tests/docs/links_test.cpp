#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

/// The document's lines without code, in which brackets mean something else.
std::vector<std::string> prose(const fs::path& file) {
  std::ifstream stream(file);
  std::vector<std::string> lines;
  bool code = false;
  for (std::string line; std::getline(stream, line);) {
    if (line.rfind("```", 0) == 0) {
      code = !code;
    } else if (!code) {
      lines.push_back(line);
    }
  }
  return lines;
}

/// What links to a heading are called: "## 6. The library" is "6-the-library".
std::set<std::string> anchors(const fs::path& file) {
  std::set<std::string> found;
  for (const std::string& line : prose(file)) {
    if (line.rfind('#', 0) != 0) continue;
    std::string anchor;
    for (const char c : line.substr(std::min(line.size(), line.find_first_not_of("# ")))) {
      if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-') {
        anchor += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      }
      if (c == ' ') anchor += '-';
    }
    found.insert(anchor);
  }
  return found;
}

void expect_that_links_lead_somewhere(const fs::path& file) {
  static const std::regex link(R"(\]\(([^)\s#]*)(#[^)\s]*)?\))");
  for (const std::string& whole : prose(file)) {
    const std::string line = std::regex_replace(whole, std::regex("`[^`]*`"), "``");
    for (auto at = std::sregex_iterator(line.begin(), line.end(), link); at != std::sregex_iterator(); ++at) {
      const std::string path = (*at)[1], anchor = (*at)[2];
      if (path.find("://") != std::string::npos || path.rfind("mailto:", 0) == 0) continue;
      const fs::path target = path.empty() ? file : file.parent_path() / path;
      EXPECT_TRUE(fs::exists(target)) << file.string() << " links to " << path;
      if (anchor.empty() || !fs::is_regular_file(target)) continue;
      EXPECT_EQ(anchors(target).count(anchor.substr(1)), 1u) << file.string() << " links to " << path << anchor;
    }
  }
}

/// The documents below `folder`, through links too.
std::vector<fs::path> documents(const fs::path& folder) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::recursive_directory_iterator(folder, fs::directory_options::follow_directory_symlink)) {
    if (entry.path().extension() == ".md") found.push_back(entry.path());
  }
  return found;
}

TEST(DocumentLinks, OfTheRepository) {
  const fs::path root = LONGTAIL_SOURCE_DIR;
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(root)) {
    if (entry.path().extension() == ".md") files.push_back(entry.path());
  }
  for (const char* folder : {"apps", "bench", "configs", "core", "plugins", "registry", "tests"}) {
    for (const fs::path& file : documents(root / folder)) files.push_back(file);
  }
  EXPECT_GT(files.size(), 10u);
  for (const fs::path& file : files) expect_that_links_lead_somewhere(file);
}

TEST(DocumentLinks, OfTheInstalledDocuments) {
  const char* folder = std::getenv("LONGTAIL_INSTALLED_DOCS");
  if (folder == nullptr) GTEST_SKIP() << "run as the CTest out_of_tree.docs";
  const std::vector<fs::path> files = documents(folder);
  for (const char* name : {"README.md", "WRITING_A_LOSS.md", "REFERENCE.md", "CONTRIBUTING.md"}) {
    EXPECT_TRUE(std::any_of(files.begin(), files.end(), [&](const fs::path& file) { return file.filename() == name; }))
        << name << " is not installed";
  }
  for (const fs::path& file : files) expect_that_links_lead_somewhere(file);
}

}  // namespace
