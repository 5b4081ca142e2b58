#include "registry/config/limits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <longtail/config/compose.h>
#include <longtail/config/suggest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <string>

#include "tests/support/temporary_folder.h"

namespace longtail {
namespace {

using testing::HasSubstr;

std::string repeated(const std::string& text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

/// What is wrong with a text, its references resolved; a test that takes longer than some seconds has failed.
std::string findings(const std::string& text) {
  const auto begin = std::chrono::steady_clock::now();
  Diagnostics diagnostics;
  Node root = parse_yaml(text, "f", diagnostics);
  resolve_references(root, diagnostics);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  EXPECT_LT(seconds.count(), 8) << text.substr(0, 60);
  return diagnostics.text();
}

TEST(Limits, ALongLineIsReadInLinearTime) {
  EXPECT_EQ(findings("a: [" + repeated("1, ", 200'000) + "1]\n"), "");
  EXPECT_EQ(findings("{" + repeated("a: {b: 1}, ", 3) + "c: 1}"),
            "f:1:13: error: key 'a' is given twice, first in line 1, column 2: remove one of them\n"
            "f:1:24: error: key 'a' is given twice, first in line 1, column 2: remove one of them");
  EXPECT_EQ(findings("a: [" + repeated("\"ä\", ", 100'000) + "@]\n"),
            "f:1:500005: error: text cannot begin with '@': put it in quotes");
}

TEST(Limits, OfSizeAreNamed) {
  EXPECT_EQ(findings("a: [" + repeated("1,", 600'000) + "1]\n"),
            "f:1:999999: error: more than 500000 values and keys: too big for a configuration");
  std::string keys;
  for (int i = 0; i < 20'000; ++i) keys += "k" + std::to_string(i) + ": 1\n";
  EXPECT_EQ(findings(keys), "f:10001:1: error: more than 10000 keys in one map: too big for a configuration");
}

TEST(Limits, OfKeysAreNamed) {
  const std::string key(201, 'k');
  EXPECT_EQ(findings("{" + key.substr(1) + ": 1}"), "");
  EXPECT_EQ(findings("a: 1\n" + key + ": 1\n"), "f:2:1: error: a key of more than 200 bytes");
  Node root = Node::map();
  Diagnostics diagnostics;
  apply_override(root, key + "=1", diagnostics);
  EXPECT_THAT(diagnostics.text(), HasSubstr("is no key"));
}

TEST(Limits, OfPathsCountAsWork) {
  std::string deep;
  for (int i = 0; i < 150; ++i) deep += "{" + std::string(190, 'k') + ": ";
  const std::string text = deep + "[" + repeated("x, ", 400'000) + "x]" + repeated("}", 150);
  EXPECT_THAT(findings(text), HasSubstr("the references are too much work"));
}

TEST(Limits, OfBytesAreNamed) {
  EXPECT_EQ(findings("a: " + std::string(5 << 20, 'x')),
            "f: error: too big for a configuration (5242883 bytes, more than 4194304): is this the right file?");
  EXPECT_EQ(findings(repeated("[", 4'000'000)), "f:1:1: error: nested deeper than 200 levels");
}

TEST(Limits, OfAliasesCountTextToo) {
  const std::string text = "a: &a '" + std::string(1 << 19, 'x') + "'\nb: [" + repeated("*a, ", 2000) + "1]\n";
  EXPECT_THAT(findings(text), HasSubstr("the aliases of this file grow to more than 4194304 bytes"));
  std::string nested = "[" + repeated("x, ", 20'000) + "x]";
  for (int i = 0; i < 150; ++i) nested = "[&a" + std::to_string(i) + " " + nested + "]";
  EXPECT_THAT(findings("a: " + nested), HasSubstr("the anchors of this file name more than 500000 values"));
}

TEST(Limits, OfReferencesCountText) {
  std::string text = "a0: xxxxxxxxxx\n";
  for (int i = 1; i < 9; ++i) {
    const std::string before = "${a" + std::to_string(i - 1) + "}";
    text += "a" + std::to_string(i) + ": \"" + repeated(before, 10) + "\"\n";
  }
  EXPECT_THAT(findings(text), HasSubstr("makes the configuration too big: more than 4194304 bytes of text"));
  EXPECT_THAT(findings("a: 1\nb: \"" + repeated("${a}", 50'000) + "\""),
              HasSubstr("a text with references is longer than 65536 bytes"));
}

TEST(Limits, OfDefaultsInDefaults) {
  ::unsetenv("LONGTAIL_TEST_UNSET");
  const auto nested = [](int times) {
    return "a: '" + repeated("${env:LONGTAIL_TEST_UNSET,", times) + "x" + repeated("}", times) + "'";
  };
  EXPECT_EQ(findings(nested(20)), "");
  EXPECT_THAT(findings(nested(1000)),
              HasSubstr("the defaults of ${env:NAME,default} are nested deeper than 50 levels"));
  EXPECT_THAT(findings("a: '" + repeated("${env:Q,", 12'000) + repeated("}", 12'000) + "'"),
              HasSubstr("a text with references is longer than 65536 bytes"));
  EXPECT_NE(findings("a: '" + repeated("${env:Q,", 8'000) + "'"), "");
}

TEST(Limits, OfTheWorkOfReferences) {
  std::string text;
  for (int i = 0; i < 9'000; ++i) text += "k" + std::to_string(i) + ": \"${k" + std::to_string(i + 1) + "x}\"\n";
  EXPECT_THAT(findings(text), HasSubstr("mistakes: mend those above first"));
  std::string broken =
      "big: [" + repeated("x, ", 50'000) + "'${nope}']\nrefs: [" + repeated("'${big}', ", 9'000) + "1]\n";
  EXPECT_THAT(findings(broken), HasSubstr("the references are too much work"));
}

TEST(Limits, OfWhatIsTold) {
  Diagnostics diagnostics;
  for (int i = 0; i < 1'000'000; ++i) {
    diagnostics.error({std::make_shared<const std::string>("f"), i + 1, 1}, "wrong");
  }
  const std::string text = diagnostics.text();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 200);
  EXPECT_THAT(text,
              HasSubstr("\nf:200:1: error: wrong\nf: error: at least 9800 more mistakes: mend those above first"));
  Diagnostics one;
  one.error({}, std::string(1 << 20, 'x'));
  EXPECT_LT(one.text().size(), 5'000u);
}

TEST(Limits, OfSuggestions) {
  const std::string word(150, 'a');
  std::vector<std::string> names;
  for (int i = 0; i < 9'000; ++i) names.push_back(std::string(150, 'b') + std::to_string(i));
  names.push_back(word.substr(1) + "x");
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(nearest(word, names), names.back());
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  EXPECT_LT(seconds.count(), 3);
}

TEST(Limits, OfFilesThatExtendEachOther) {
  const test::TemporaryFolder folder;
  folder.write("leaf.yaml", "a: 1\n");
  folder.write("many.yaml", "extends: [" + repeated("./leaf, ", 1500) + "./leaf]\n");
  folder.write("missing.yaml", "extends: [" + repeated("./laef, ", 1500) + "./laef]\n");
  folder.write("big.yaml", "a: [" + repeated("1, ", 400'000) + "1]\n");
  folder.write("bigs.yaml", "extends: [" + repeated("./big, ", 50) + "./big]\n");
  std::string wide[2];
  for (int i = 0; i < 9'000; ++i) {
    for (int file = 0; file < 2; ++file) wide[file] += "k" + std::to_string(file) + "_" + std::to_string(i) + ": 1\n";
  }
  folder.write("wide.yaml", wide[0]);
  folder.write("wider.yaml", "extends: ./wide\n" + wide[1]);
  const auto composed = [&](const char* name) {
    Diagnostics diagnostics;
    compose((folder / name).string(), {}, diagnostics);
    return diagnostics.text();
  };
  EXPECT_THAT(composed("many.yaml"), HasSubstr("more than 1000 names in all 'extends' together"));
  EXPECT_THAT(composed("missing.yaml"), HasSubstr("missing.yaml: error: 801 more mistakes: mend those above first"));
  EXPECT_THAT(composed("bigs.yaml"), HasSubstr("'extends' brings more than 2000000 values together"));
  EXPECT_EQ(composed("wide.yaml"), "");
  EXPECT_THAT(composed("wider.yaml"), HasSubstr("with its 'extends' a map has more than 10000 keys"));
}

TEST(Limits, HoldForOverridesToo) {
  const auto told = [](const std::string& assignment) {
    Node root = Node::map();
    Diagnostics diagnostics;
    apply_override(root, assignment, diagnostics);
    resolve_references(root, diagnostics);
    return diagnostics.text();
  };
  EXPECT_THAT(told("a=" + repeated("[", 5000)), HasSubstr("nested deeper than 200 levels"));
  EXPECT_THAT(told("a='" + repeated("${env:Q,", 7000) + repeated("}", 7000) + "'"), HasSubstr("nested deeper than 50"));
  EXPECT_LT(told(std::string(100'000, 'x')).size(), 1000u);
}

TEST(Limits, AnEnvironmentVariableThatIsNoTextIsTold) {
  ::setenv("LONGTAIL_TEST_BYTES", "/data/caf\xE9", 1);
  EXPECT_EQ(findings("a: ${env:LONGTAIL_TEST_BYTES}"),
            "f:1:4: error: the environment variable LONGTAIL_TEST_BYTES is no text in UTF-8: '/data/caf\\xe9'; a "
            "configuration cannot hold it");
}

}  // namespace
}  // namespace longtail
