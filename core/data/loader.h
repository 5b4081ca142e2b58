#pragma once

#include <longtail/export.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace longtail {

struct LoaderOptions {
  std::int64_t batch_size = 128;
  bool drop_last = false;        ///< leave out the last batch where it is not full
  int threads = 2;               ///< 0: batches are loaded in the thread that asks for them
  int prefetch = 4;              ///< batches at most that are loaded, or being loaded, ahead of the one asked for
  std::int64_t first_batch = 0;  ///< where a resumed epoch goes on
};

/// Runs work(ticket) for the tickets first, first + 1, ..., end - 1 on worker threads, and hands the results out in
/// that order. The part of Loader that does not depend on the batch's type.
class LONGTAIL_API OrderedWorkers {
 public:
  using Work = std::function<std::shared_ptr<void>(std::int64_t ticket)>;

  OrderedWorkers(std::int64_t first, std::int64_t end, int threads, int prefetch, Work work);
  /// Returns as soon as the tickets being worked on notice stopping().
  ~OrderedWorkers();
  OrderedWorkers(const OrderedWorkers&) = delete;
  OrderedWorkers& operator=(const OrderedWorkers&) = delete;

  /// The next ticket's result, null after the last one. Throws what its work threw; the ticket after it comes next.
  std::shared_ptr<void> next();

  /// True in a worker thread whose owner is being destroyed: long work may return early, nobody will see its result.
  static bool stopping();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The batches of one epoch, in order, loaded ahead by worker threads. What comes out depends on `order` and `load`
/// alone, never on the number of threads. To be used from one thread.
///
///     Loader<ClassificationBatch> loader(sampler->indices(epoch), options,
///         [&](const auto& indices, std::int64_t first) { return dataset.load(indices, epoch, first); });
///     while (auto batch = loader.next()) step(*batch);
template <class Batch>
class Loader {
 public:
  /// Loads the samples `indices`; the first one stands at `first_position` in the epoch's order. Is called from several
  /// threads at once and must outlive the loader.
  using Load = std::function<Batch(const std::vector<std::int64_t>& indices, std::int64_t first_position)>;

  Loader(std::vector<std::int64_t> order, LoaderOptions options, Load load)
      : order_(std::move(order)),
        options_(options),
        load_(std::move(load)),
        num_batches_(count_batches(static_cast<std::int64_t>(order_.size()), options_)),
        workers_(std::min(options_.first_batch, num_batches_), num_batches_, options_.threads, options_.prefetch,
                 [this](std::int64_t batch) { return std::make_shared<Batch>(load_batch(batch)); }) {}

  /// Of the whole epoch, those before first_batch included.
  std::int64_t num_batches() const { return num_batches_; }

  /// Empty after the last batch. Rethrows what `load` threw for this batch.
  std::optional<Batch> next() {
    auto batch = std::static_pointer_cast<Batch>(workers_.next());
    if (!batch) return std::nullopt;
    return std::move(*batch);
  }

 private:
  static std::int64_t count_batches(std::int64_t samples, const LoaderOptions& options) {
    const std::int64_t size = std::max<std::int64_t>(1, options.batch_size);
    return (samples + (options.drop_last ? 0 : size - 1)) / size;
  }

  Batch load_batch(std::int64_t batch) const {
    const auto size = std::max<std::int64_t>(1, options_.batch_size);
    const auto begin = batch * size;
    const auto end = std::min(begin + size, static_cast<std::int64_t>(order_.size()));
    return load_({order_.begin() + begin, order_.begin() + end}, begin);
  }

  std::vector<std::int64_t> order_;
  LoaderOptions options_;
  Load load_;
  std::int64_t num_batches_;
  OrderedWorkers workers_;  // last: its threads use all of the above
};

}  // namespace longtail
