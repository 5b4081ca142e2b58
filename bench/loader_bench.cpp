// Images a second of the loader: read, decode, augment, batch. Beside it: peers/loader_peer.py, which does the same
// with torchvision's DataLoader. compare_loader.py runs both.

#include <chrono>
#include <cstdio>
#include <memory>
#include <numeric>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <longtail/error.h>

#include "core/data/classification_dataset.h"
#include "core/data/loader.h"

namespace {

using namespace longtail;

std::shared_ptr<const Transform> make_transform(const std::string& name) {
  if (name == "cifar") return std::make_shared<CifarTransform>(CifarTransform::Params{});
  return std::make_shared<ImageNetTransform>(ImageNetTransform::Params{});
}

int run(int argc, char** argv) {
  CLI::App cli("Images a second of the loader");
  ClassificationDataset::Options data;
  LoaderOptions loading;
  std::string transform = "cifar";
  int epochs = 3;
  cli.add_option("ROOT", data.root)->required();
  cli.add_option("LIST", data.list)->required();
  cli.add_option("--transform", transform)->check(CLI::IsMember({"cifar", "imagenet"}));
  cli.add_option("--threads", loading.threads);
  cli.add_option("--prefetch", loading.prefetch);
  cli.add_option("--batch-size", loading.batch_size);
  cli.add_option("--epochs", epochs, "The first one, which fills the page cache, does not count");
  CLI11_PARSE(cli, argc, argv);

  const ClassificationDataset dataset(data, make_transform(transform));
  for (int epoch = 0; epoch < epochs; ++epoch) {
    std::vector<std::int64_t> order(static_cast<std::size_t>(dataset.size()));
    std::iota(order.begin(), order.end(), 0);
    Rng(0, static_cast<std::uint64_t>(epoch)).shuffle(order);
    const auto start = std::chrono::steady_clock::now();
    Loader<ClassificationBatch> loader(
        order, loading, [&](const auto& indices, std::int64_t first) { return dataset.load(indices, epoch, first); });
    std::int64_t images = 0;
    while (const auto batch = loader.next()) images += batch->images.size(0);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    if (epoch > 0 || epochs == 1) fmt::print("{:.1f}\n", static_cast<double>(images) / seconds.count());
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const Error& error) {
    fmt::print(stderr, "error: {}\n", error.what());
    return static_cast<int>(error.code());
  }
}
