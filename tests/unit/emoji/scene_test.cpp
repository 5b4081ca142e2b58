#include "core/emoji/scene.h"

#include <gmock/gmock.h>
#include <longtail/error.h>

#include <algorithm>

#include "core/draw/canvas.h"
#include "core/emoji/background_photos.h"
#include "core/emoji/plan.h"
#include "core/emoji/sprites.h"
#include "tests/support/picture_folder.h"

namespace longtail {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::TempFolder;

Sprite rectangle(int height, int width, float r, float g, float b) {
  Sprite sprite;
  sprite.height = height;
  sprite.width = width;
  for (int i = 0; i < height * width; ++i) sprite.rgba.insert(sprite.rgba.end(), {r, g, b, 1.0f});
  return sprite;
}

std::vector<std::uint8_t> pixels_of(const Rle& mask) {
  std::vector<std::uint8_t> columns(static_cast<std::size_t>(mask.height) * mask.width);
  rle_decode(mask, columns.data());
  return columns;
}

// Blends of the photos' grey with red, green and blue tell by their colour which drawing is seen.
TEST(EmojiScene, MasksAreWhatIsSeen) {
  TempFolder folder;
  cv::imwrite(folder.path("grey.png"), cv::Mat(120, 160, CV_8UC3, cv::Scalar(128, 128, 128)));
  const BackgroundPhotos photos(folder.path());
  const Sprite sprites[] = {rectangle(30, 40, 1, 0, 0), rectangle(40, 30, 0, 1, 0), rectangle(30, 30, 0, 0, 1)};
  SceneStyle style;
  style.height = 120;
  style.width = 160;
  style.difficulty = 0;
  style.photos = &photos;
  std::int64_t covered = 0, wrong = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Rng rng(seed);
    const Scene scene = draw_scene({{0, &sprites[0]}, {1, &sprites[1]}, {2, &sprites[2]}}, style, rng);
    ASSERT_EQ(scene.instances.size(), 3u);
    std::vector<int> owner(120 * 160, -1);
    for (const SceneInstance& instance : scene.instances) {
      const auto seen = pixels_of(instance.mask);
      for (int x = 0; x < 160; ++x) {
        for (int y = 0; y < 120; ++y) {
          if (seen[static_cast<std::size_t>(x * 120 + y)] == 0) continue;
          int& pixel = owner[static_cast<std::size_t>(y * 160 + x)];
          EXPECT_EQ(pixel, -1);  // no pixel belongs to two
          pixel = static_cast<int>(instance.label);
        }
      }
    }
    for (int y = 0; y < 120; ++y) {
      for (int x = 0; x < 160; ++x) {
        const std::uint8_t* const rgb = scene.image.row(y) + 3 * x;
        const int strongest = static_cast<int>(std::max_element(rgb, rgb + 3) - rgb);
        const int range = *std::max_element(rgb, rgb + 3) - *std::min_element(rgb, rgb + 3);
        const int pixel = owner[static_cast<std::size_t>(y * 160 + x)];
        covered += pixel >= 0;
        // Of a drawing at least half must show: the grain moves a range of half the colour by a few steps.
        if (pixel >= 0) {
          wrong += strongest != pixel || range < 100;
        } else {
          EXPECT_LT(range, 150) << x << ' ' << y;
        }
      }
    }
  }
  EXPECT_GT(covered, 20 * 120 * 160 / 10);
  EXPECT_LT(wrong, covered / 500);  // where two drawings meet, their halves mix
}

TEST(EmojiScene, DependsOnTheRandomNumbersAlone) {
  const Sprite sprite = rectangle(20, 20, 1, 1, 0);
  SceneStyle style;
  style.height = style.width = 64;
  Rng a(3), b(3), c(4);
  const Scene first = draw_scene({{0, &sprite}, {1, &sprite}}, style, a);
  EXPECT_EQ(draw_scene({{0, &sprite}, {1, &sprite}}, style, b).image.pixels, first.image.pixels);
  EXPECT_NE(draw_scene({{0, &sprite}, {1, &sprite}}, style, c).image.pixels, first.image.pixels);
}

// Forty drawings of one kind in a small picture cannot all be seen.
TEST(EmojiScene, WhatIsHiddenIsNamed) {
  const Sprite sprite = rectangle(20, 20, 1, 1, 0);
  SceneStyle style;
  style.height = style.width = 48;
  style.difficulty = 1;
  Rng rng(1);
  const Scene scene = draw_scene(std::vector<SceneObject>(40, SceneObject{7, &sprite}), style, rng);
  EXPECT_LT(scene.instances.size(), 40u);
  EXPECT_GE(scene.instances.size(), 1u);
  EXPECT_THAT(scene.hidden, ElementsAre(7));
  for (const SceneInstance& instance : scene.instances) EXPECT_GE(rle_area(instance.mask), 16u);
}

TEST(ScenePlan, CountsAreWhatThePicturesShow) {
  Rng rng(5);
  std::vector<std::int64_t> ranks;
  for (std::int64_t c = 0; c < 30; ++c) ranks.push_back((c * 7) % 30);
  const ScenePlan plan = plan_scenes(ranks, 200, 2, 6, 50, 1, rng);
  std::vector<std::int64_t> counts(30);
  ASSERT_EQ(plan.pictures.size(), 200u);
  for (const auto& picture : plan.pictures) {
    EXPECT_GE(picture.size(), 1u);
    EXPECT_LE(picture.size(), 6u);
    for (std::int64_t c = 0; c < 30; ++c)
      counts[static_cast<std::size_t>(c)] += std::count(picture.begin(), picture.end(), c) > 0;
  }
  EXPECT_EQ(plan.image_counts, counts);
  // The tail falls along the ranks, by the factor asked for.
  for (std::size_t i = 1; i < ranks.size(); ++i) {
    EXPECT_LE(counts[static_cast<std::size_t>(ranks[i])], counts[static_cast<std::size_t>(ranks[i - 1])]);
  }
  const auto most = static_cast<double>(counts[static_cast<std::size_t>(ranks.front())]);
  EXPECT_NEAR(most / static_cast<double>(counts[static_cast<std::size_t>(ranks.back())]), 50, 15);
}

TEST(ScenePlan, EveryClassReachesTheFloor) {
  Rng rng(5);
  std::vector<std::int64_t> ranks(20);
  for (std::size_t i = 0; i < ranks.size(); ++i) ranks[i] = static_cast<std::int64_t>(i);
  const ScenePlan plan = plan_scenes(ranks, 80, 2, 6, 2, 8, rng);
  EXPECT_GE(*std::min_element(plan.image_counts.begin(), plan.image_counts.end()), 8);
  EXPECT_THROW(plan_scenes(ranks, 3, 1, 2, 2, 1, rng), ConfigError);
}

TEST(EmojiSprites, AreTrimmed) {
  Sprite sprite;
  sprite.height = 4;
  sprite.width = 5;
  sprite.rgba.resize(4 * 5 * 4);
  for (const int at : {1 * 5 + 2, 2 * 5 + 3}) sprite.rgba[static_cast<std::size_t>(at * 4 + 3)] = 1;
  const Sprite small = trimmed(sprite);
  EXPECT_EQ(small.height, 2);
  EXPECT_EQ(small.width, 2);
  EXPECT_EQ(small.pixel(0, 0)[3], 1);
  EXPECT_EQ(small.pixel(0, 1)[3], 0);
  EXPECT_EQ(small.pixel(1, 1)[3], 1);
}

class SpriteFolder : public ::testing::Test {
 protected:
  void add(const std::string& name, const cv::Scalar& bgra) const {
    std::filesystem::create_directories(std::filesystem::path(folder_.path(name)).parent_path());
    cv::imwrite(folder_.path(name), cv::Mat(6, 8, CV_8UC4, bgra));
  }
  std::string error(const std::vector<EmojiCategory>& categories) const {
    try {
      load_sprites(categories, "", folder_.path());
    } catch (const DataError& error) {
      return error.what();
    }
    return "no error";
  }
  TempFolder folder_;
};

TEST_F(SpriteFolder, HasADrawingAStyle) {
  add("flat/1f600.png", {0, 0, 255, 255});
  add("round/0231a.png", {255, 0, 0, 128});
  add("round/1f600.png", {0, 255, 0, 255});
  add("round/readme.png", {0, 255, 0, 255});
  const auto sprites = load_sprites({{0x231a, "watch", "time"}, {0x1f600, "face", "faces"}}, "", folder_.path());
  ASSERT_EQ(sprites.size(), 2u);
  ASSERT_EQ(sprites[0].size(), 1u);
  ASSERT_EQ(sprites[1].size(), 2u);
  EXPECT_NEAR(sprites[0][0].pixel(0, 0)[3], 128 / 255.0, 1e-6);
  EXPECT_NEAR(sprites[0][0].pixel(0, 0)[2], 128 / 255.0, 1e-6);  // multiplied by alpha
  EXPECT_EQ(sprites[1][0].pixel(0, 0)[0], 1);
  EXPECT_EQ(sprites[1][1].pixel(0, 0)[1], 1);
}

TEST_F(SpriteFolder, ErrorsNameWhatIsMissing) {
  EXPECT_THAT(error({{0x1f600, "face", "faces"}}), HasSubstr("no folder of sprites: it has no <codepoint>.png"));
  add("1f600.png", {0, 0, 255, 255});
  EXPECT_THAT(error({{0x231a, "watch", "time"}}), HasSubstr("no drawing of U+231A (watch)"));
  add("231a.png", {0, 0, 255, 0});
  EXPECT_THAT(error({{0x231a, "watch", "time"}}), HasSubstr("the drawing of U+231A (watch) is empty"));
  folder_.write("231a.png", "no picture");
  EXPECT_THAT(error({{0x231a, "watch", "time"}}), HasSubstr("231a.png: not a coloured PNG"));
}

TEST(EmojiCategories, AreReadFromATable) {
  const TempFolder folder;
  const auto read = [&](const std::string& text) { return read_emoji_categories(folder.write("c.csv", text)); };
  const auto table = read("codepoint,name,group,suggested_frequency\r\n1f600,face,faces,r\n\n023f0,clock,time,f\n");
  ASSERT_EQ(table.size(), 2u);
  EXPECT_EQ(table[1].codepoint, U'\x23f0');
  EXPECT_EQ(table[1].name, "clock");
  EXPECT_EQ(table[1].group, "time");
  EXPECT_THAT(rank_emoji(table), ElementsAre(1, 0));
  EXPECT_EQ(read("codepoint,name,group\n1f600,a,x\n1f601,b,x\n")[0].frequency, 0);
  const auto error = [&](const std::string& text) -> std::string {
    try {
      read(text);
    } catch (const DataError& error) {
      return error.what();
    }
    return "no error";
  };
  const std::string head = "codepoint,name,group,suggested_frequency\n1f600,face,faces,r\n";
  EXPECT_THAT(error("a,b\n"), AllOf(HasSubstr("c.csv:1: expected the head codepoint,name,group")));
  EXPECT_THAT(error(head + "1f60x,b,c,f\n"), HasSubstr("c.csv:3: '1f60x' is no codepoint"));
  EXPECT_THAT(error(head + "1f601,face,c,f\n"), HasSubstr("c.csv:3: the name 'face' was used before"));
  EXPECT_THAT(error(head + "1f601,b,c,often\n"), HasSubstr("frequency 'often' is none of f, c and r"));
  EXPECT_THAT(error(head + "1f601,b\n"), HasSubstr("2 fields, but the head has 4"));
  EXPECT_THAT(error(head), HasSubstr("two categories or more"));
}

TEST(BackgroundPhotos, AreDrawnFromAFolder) {
  const TempFolder folder;
  EXPECT_THROW(BackgroundPhotos photos(folder.path()), DataError);
  folder.write_picture("a.jpg", 90, 140);
  const BackgroundPhotos photos(folder.path());
  Canvas canvas(48, 64);
  Rng rng(1);
  photos.draw(rng, canvas);
  EXPECT_THAT(canvas.to_image().pixels, Contains(::testing::Gt(100)));
  folder.write("b.png", "no picture");
  EXPECT_THROW(BackgroundPhotos broken(folder.path()), DataError);
}

}  // namespace
}  // namespace longtail
