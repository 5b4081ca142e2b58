#include "core/emoji/background_photos.h"

#include <fmt/format.h>
#include <longtail/error.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>

#include "core/data/resize.h"

namespace longtail {

namespace fs = std::filesystem;

BackgroundPhotos::BackgroundPhotos(const std::string& folder) {
  std::set<fs::path> files;  // in the order of their names
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const std::string ending = entry.path().extension().string();
    if (ending == ".jpg" || ending == ".jpeg" || ending == ".png") files.insert(entry.path());
  }
  if (files.empty()) throw DataError(fmt::format("{}: no folder with .jpg or .png pictures", folder));
  ImageReader reader;
  reader.advise("replace the file, or take it out of the folder");
  for (const fs::path& file : files) {
    reader.open(file.string());
    photos_.push_back(reader.decode());
  }
}

void BackgroundPhotos::draw(Rng& rng, Canvas& canvas) const {
  const Image& photo = photos_[rng.below(photos_.size())];
  const double most =
      std::min(static_cast<double>(photo.height) / canvas.height, static_cast<double>(photo.width) / canvas.width);
  const double scale = most * rng.uniform(0.45, 1.0);  // pixels of the photo for one of the canvas
  const int height = std::clamp(static_cast<int>(canvas.height * scale), 1, photo.height);
  const int width = std::clamp(static_cast<int>(canvas.width * scale), 1, photo.width);
  const auto top = static_cast<int>(rng.below(static_cast<std::uint64_t>(photo.height - height + 1)));
  const auto left = static_cast<int>(rng.below(static_cast<std::uint64_t>(photo.width - width + 1)));
  const bool mirror = rng.bernoulli(0.5);
  Image part, scaled;
  part.resize(height, width);
  for (int y = 0; y < height; ++y) {
    std::copy_n(photo.row(top + y) + std::ptrdiff_t{3} * left, std::ptrdiff_t{3} * width, part.row(y));
  }
  BilinearResize(height, width, canvas.height, canvas.width, {0, 0, canvas.height, canvas.width}).apply(part, scaled);
  for (int y = 0; y < canvas.height; ++y) {
    for (int x = 0; x < canvas.width; ++x) {
      const std::uint8_t* const pixel = scaled.row(y) + std::ptrdiff_t{3} * (mirror ? canvas.width - 1 - x : x);
      canvas.at(y, x) = {pixel[0] / 255.0f, pixel[1] / 255.0f, pixel[2] / 255.0f};
    }
  }
}

}  // namespace longtail
