#include "core/engine/convert_weights.h"

#include "core/engine/checkpoint.h"
#include "core/engine/task.h"
#include "core/io/safetensors.h"

namespace longtail {

WeightReport convert_weights(const ExperimentPlan& plan, const Catalog& catalog, const std::filesystem::path& file,
                             const std::string& key, const std::filesystem::path& out) {
  TaskContext context;
  context.catalog = &catalog;
  const std::unique_ptr<Task> task = make_task(plan.phases.back().config, context);
  ImportOptions options;
  options.file = file.string();
  WeightReport report = import_into(task->model(), read_weights(file, key), options);
  write_safetensors(out, TensorFile{{{"imported_from", file.filename().string()}}, named_state(task->model())});
  return report;
}

}  // namespace longtail
