#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <longtail/catalog.h>
#include <longtail/collective.h>
#include <longtail/export.h>
#include <longtail/module.h>

namespace longtail {

/// Facts that a loss may depend on. They come from the data and the task, never from parameters, so they cannot
/// disagree with them.
struct LossContext {
  const Catalog* catalog = nullptr;           // outlives the loss; to make nested components
  std::int64_t num_classes = 0;               // C, foreground classes
  bool has_background = false;                // detection: label C is background; classification has none
  std::vector<std::int64_t> instance_counts;  // [C] training objects (images, in classification); empty if unknown
  std::vector<std::int64_t> image_counts;     // [C] training images with the class; empty if unknown
  at::Device device = at::kCPU;
  std::uint64_t seed = 0;
  std::shared_ptr<Collective> collective = std::make_shared<SingleProcess>();
  /// Tells the user something that is no error, in one line. Empty: nobody listens.
  std::function<void(const std::string&)> warn;
};

/// Targets that are one-hot but for some samples: hard[n] at sample n's own label and, for sample rows[p],
/// soft[index[p]] on top of it. Of a detector's samples most are background, so a full matrix would be nearly empty.
struct MixedTargets {
  Tensor hard;   // [N]
  Tensor rows;   // [P] int64, each sample at most once; undefined: all N in order
  Tensor index;  // [P] int64, into `soft`
  Tensor soft;   // [K, num_targets]
};

/// One batch of N sampled proposals or images, and what they should be.
class LONGTAIL_API LossInput {
 public:
  /// `logits` [N, num_logits], `labels` [N] int64 in [0, C), or C for background. PluginError for other shapes or
  /// types, DataError for a label that is not in [0, num_targets).
  LossInput(Tensor logits, Tensor labels, std::int64_t num_targets);

  Tensor logits;
  Tensor labels;
  /// Weight of each sample, [N], or undefined: all 1.
  Tensor weights;
  /// Divides the sum of the losses; 0: N.
  double avg_factor = 0;
  /// Step r of R where a paradigm applies the head several times; 0 of 1 otherwise.
  int step = 0;
  int num_steps = 1;

  /// [N, C] or, with a background, [N, C + 1]: how much each class is the target of each sample. One-hot from the
  /// labels unless set_targets() was called.
  const Tensor& targets() const;
  /// Soft targets, [N, num_targets]; PluginError for another shape. Rows need not sum to 1: PCB folds weights into them
  /// where the loss is linear in them.
  void set_targets(Tensor targets);
  /// The same, without the matrix until somebody asks for targets().
  void set_targets(MixedTargets targets);
  /// False while targets() is the one-hot of labels, which allows short cuts.
  bool soft() const { return soft_; }
  /// What the second set_targets() was given, for losses that can do without the matrix; else null.
  const MixedTargets* mixed_targets() const { return mixed_.hard.defined() ? &mixed_ : nullptr; }
  /// softmax(logits), [N, num_logits], without gradient: worked out once for all who ask.
  const Tensor& probabilities() const;
  /// Columns of targets(): C, or C + 1 with a background.
  std::int64_t num_targets() const { return num_targets_; }

 private:
  std::int64_t num_targets_;
  mutable Tensor targets_;
  MixedTargets mixed_;
  mutable Tensor probabilities_, probabilities_of_;  // of the logits that the second one is
  bool soft_ = false;
};

/// One named part of a loss: a value for each sample, [N], not reduced.
struct LossTerm {
  std::string name;
  Tensor values;
  /// False for a part that does not depend on targets() (Seesaw's objectness), which PCB leaves alone.
  bool from_targets = true;
  /// True when `values` already carry the samples' weights, so that reduce() only divides by avg_factor.
  bool weighted = false;
};
using LossTerms = std::vector<LossTerm>;

/// How PCB adds its soft labels to a loss; the authors' code differs between the losses.
enum class SoftLabelUse {
  divergence,  // KL(soft label || p) beside the loss, not weighted and divided by N: softmax, and losses like it
  targets,     // a share of the loss's own targets, with its weights and its divisor: EQL v2, Seesaw
};

/// A classification loss: logits and targets in, loss terms out, and back from logits to scores at test time.
/// State (class counts, gradient sums, confusion matrices) lives in registered buffers, so checkpoints carry it and
/// a resumed run continues exactly.
class LONGTAIL_API Loss : public Module {
 public:
  using Context = LossContext;
  static constexpr std::string_view kind = "loss";

  /// ConfigError or PluginError for a context that no loss can use: no class, counts of another number of classes, no
  /// collective.
  explicit Loss(const LossContext& context);
  ~Loss() override;

  /// forward() as training calls it: checks that `input` fits and that every term has a value for each sample, and
  /// names this loss in whatever is thrown. A loss over another one calls its base so: (*base)(input).
  LossTerms operator()(const LossInput& input);

  std::int64_t num_classes() const { return num_classes_; }
  bool has_background() const { return has_background_; }
  /// Columns of targets(): C, or C + 1 with a background.
  std::int64_t num_targets() const { return num_classes_ + (has_background_ ? 1 : 0); }
  /// Who this is in messages: "loss 'focal' (FOLDER/focal.longtail.so)", or "a loss" where no catalog made it.
  const std::string& origin() const { return origin_; }

  /// PluginError that says who expects what, unless `logits` is [N, num_logits()].
  void check_logits(const Tensor& logits) const;
  /// The same, and unless labels, weights and targets are of as many samples and of this loss's classes.
  void check_input(const LossInput& input) const;

  /// Width of the classifier: C + 1 with a background, C without, unless the loss needs more (Seesaw: C + 2).
  virtual std::int64_t num_logits() const { return num_targets(); }

  /// Called once for each training step (and recurrent step). Linear in targets() where soft_label_use() is
  /// `divergence`; may update buffers, without gradient, when is_training(). Must give a gradient (of zero) also for N
  /// = 0.
  virtual LossTerms forward(const LossInput& input) = 0;

  /// Test time: logits [N, num_logits] -> scores [N, C (+ 1)], background last. Softmax by default.
  virtual Tensor scores(const Tensor& logits) const;

  /// Distribution over the foreground classes alone, [N, C], without gradient, for PCB's confusion matrix: `input`
  /// holds positives only. Softmax over the first C logits by default.
  virtual Tensor foreground_distribution(const LossInput& input) const;

  /// True where foreground_distribution() sums to 1; false for sigmoid losses, whose confusion rows and soft labels PCB
  /// does not normalise (EQL v2).
  virtual bool is_normalized() const { return true; }

  /// A divergence needs a distribution and a loss that is linear in its targets.
  virtual SoftLabelUse soft_label_use() const {
    return is_normalized() ? SoftLabelUse::divergence : SoftLabelUse::targets;
  }

  /// What the loss has learned of who is taken for whom, [C, C], row = ground truth, for calibration and for people;
  /// undefined where it keeps no such matrix. A loss over another one passes it on.
  virtual Tensor confusion_matrix() const { return {}; }

  /// Bias that the classifier's logits start with, [num_logits], or undefined for zeros (EQL v2: a prior).
  virtual Tensor initial_bias() const { return {}; }

 private:
  std::int64_t num_classes_;
  bool has_background_;
  std::string origin_;
};

/// Cross entropy of each sample, [N]: minus the sum over the classes of target * log softmax(logits). `logits` is
/// [N, num_targets()]: those of `input`, perhaps adjusted.
LONGTAIL_API Tensor cross_entropy(const Tensor& logits, const LossInput& input);

/// PluginError unless every term has one value for each sample.
LONGTAIL_API void check_terms(const LossTerms& terms, const LossInput& input);

/// Sum over the samples of weight * value, divided by avg_factor (or N): the scalar to minimise for each term. Zero
/// with a gradient for N = 0. Checks the terms.
LONGTAIL_API std::vector<std::pair<std::string, Tensor>> reduce(const LossTerms& terms, const LossInput& input);

}  // namespace longtail
