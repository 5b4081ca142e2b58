#include "core/io/fingerprint.h"

#include <gtest/gtest.h>
#include <longtail/error.h>

#include "tests/unit/io/temporary_folder.h"

namespace longtail {
namespace {

// uuid.uuid5(uuid.UUID(int=0), "longtail").hex in Python: other machines must find what this one cached.
TEST(Fingerprint, IsTheSameEverywhere) {
  EXPECT_EQ(fingerprint("longtail"), "8a40403ba4e85e73bbecf311d17900e9");
  EXPECT_EQ(Fingerprint().add("a").add(12).text(), "f303b4d18acd5416b73259ff7b301fd5");
}

TEST(Fingerprint, WhereAFactEndsMatters) {
  EXPECT_NE(Fingerprint().add("ab").add("c").text(), Fingerprint().add("a").add("bc").text());
  EXPECT_NE(Fingerprint().add("").text(), Fingerprint().text());
}

TEST(Fingerprint, OfAFileIsOfItsBytes) {
  test::TemporaryFolder folder;
  test::write_text(folder / "a", "longtail");
  test::write_text(folder / "empty", "");
  EXPECT_EQ(fingerprint_file(folder / "a"), fingerprint("longtail"));
  EXPECT_EQ(fingerprint_file(folder / "empty"), fingerprint(""));
  EXPECT_EQ(Fingerprint().add_file(folder / "a").text(), Fingerprint().add(fingerprint("longtail")).text());
  EXPECT_THROW(fingerprint_file(folder / "no"), DataError);
}

}  // namespace
}  // namespace longtail
