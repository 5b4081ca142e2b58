#pragma once

#include <ATen/core/Tensor.h>

#include <longtail/export.h>

namespace longtail {

/// What processes that train together do together. Every call is made on every rank or on none, never under a
/// condition that depends on local data.
class LONGTAIL_API Collective {
 public:
  virtual ~Collective();
  virtual int rank() const = 0;
  virtual int world_size() const = 0;
  /// Sums `tensor` over all ranks in place.
  virtual void all_reduce_sum(at::Tensor& tensor) = 0;
  /// Copies rank 0's `tensor` to all ranks in place.
  virtual void broadcast(at::Tensor& tensor) = 0;
  virtual void barrier() = 0;
};

/// One process alone.
class LONGTAIL_API SingleProcess final : public Collective {
 public:
  int rank() const override { return 0; }
  int world_size() const override { return 1; }
  void all_reduce_sum(at::Tensor&) override {}
  void broadcast(at::Tensor&) override {}
  void barrier() override {}
};

}  // namespace longtail
