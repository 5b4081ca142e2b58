#include "core/io/fingerprint.h"

#include <gtest/gtest.h>
#include <longtail/error.h>

#include "tests/unit/io/files.h"

namespace longtail {
namespace {

// uuid.uuid5(uuid.UUID(int=0), "longtail").hex in Python: other machines must find what this one cached.
TEST(Fingerprint, IsTheSameEverywhere) { EXPECT_EQ(fingerprint("longtail"), "8a40403ba4e85e73bbecf311d17900e9"); }

TEST(Fingerprint, OfAFileIsOfItsBytes) {
  test::TemporaryFolder folder;
  test::write_text(folder / "a", "longtail");
  test::write_text(folder / "empty", "");
  EXPECT_EQ(fingerprint_file(folder / "a"), fingerprint("longtail"));
  EXPECT_EQ(fingerprint_file(folder / "empty"), fingerprint(""));
  EXPECT_THROW(fingerprint_file(folder / "no"), DataError);
}

}  // namespace
}  // namespace longtail
