#include "core/evaluation/csv.h"

#include <gtest/gtest.h>

#include <string>

namespace longtail {
namespace {

TEST(Csv, WhatASpreadsheetWouldRunStaysText) {
  struct Case {
    std::string text;
    const char* field;
  };
  const Case cases[] = {
      {"cat", "cat"},
      {"a,b", "\"a,b\""},
      {"say \"hi\"", "\"say \"\"hi\"\"\""},
      {"=1+1", "'=1+1"},
      {"=HYPERLINK(\"x\",\"y\")", "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\""},
      {"+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"},
      {"-2+3", "'-2+3"},
      {"@SUM(A1)", "'@SUM(A1)"},
      {"＝1+1", "'＝1+1"},
      {"-", "'-"},
      {"-inf", "'-inf"},
      // Numbers are numbers.
      {"-1", "-1"},
      {"-1.5e-3", "-1.5e-3"},
      {"+4", "+4"},
      {"-.5", "-.5"},
      {"'quoted'", "'quoted'"},
      {"'=x", "''=x"},
      // Nothing that acts on a terminal, and a record a line.
      {"\t=1", "\\t=1"},
      {"a\nb\r", "a\\nb\\r"},
      {"\x1b[31mred", "\\x1b[31mred"},
      {"caf\xE9", "caf\\xe9"},
      {"\xE2\x80\xAEx", "\\u202ex"},
  };
  for (const Case& c : cases) EXPECT_EQ(csv_field(c.text), c.field) << c.text;
}

TEST(Csv, IsReadAsItWasGiven) {
  for (const char* text : {"=1", "'=1", "''=1", "-x", "@", "cat", "'cat'", "-1", "＋x"}) {
    EXPECT_EQ(csv_text(csv_field(text)), text);
  }
}

}  // namespace
}  // namespace longtail
