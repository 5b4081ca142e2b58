#include "core/io/torch_names.h"

#include <algorithm>
#include <array>
#include <utility>

namespace longtail {
namespace {

constexpr std::array<std::pair<std::string_view, at::ScalarType>, 14> storages{{
    {"torch.FloatStorage", at::kFloat},
    {"torch.DoubleStorage", at::kDouble},
    {"torch.HalfStorage", at::kHalf},
    {"torch.BFloat16Storage", at::kBFloat16},
    {"torch.LongStorage", at::kLong},
    {"torch.IntStorage", at::kInt},
    {"torch.ShortStorage", at::kShort},
    {"torch.CharStorage", at::kChar},
    {"torch.ByteStorage", at::kByte},
    {"torch.BoolStorage", at::kBool},
    {"torch.ComplexFloatStorage", at::kComplexFloat},
    {"torch.ComplexDoubleStorage", at::kComplexDouble},
    {"torch.UntypedStorage", at::kByte},
    {"torch.storage.UntypedStorage", at::kByte},
}};

constexpr std::string_view allowed[] = {
    // tensors
    "torch._utils._rebuild_tensor",
    "torch._utils._rebuild_tensor_v2",
    "torch._utils._rebuild_parameter",
    "torch._utils._rebuild_parameter_with_state",
    "torch.Size",
    "torch.device",
    "torch.Tensor",
    "torch.nn.parameter.Parameter",
    "torch.float32",
    "torch.float64",
    "torch.float16",
    "torch.bfloat16",
    "torch.int64",
    "torch.int32",
    "torch.int16",
    "torch.int8",
    "torch.uint8",
    "torch.bool",
    // containers
    "collections.OrderedDict",
    "collections.defaultdict",
    "collections.Counter",
    "collections.deque",
    "builtins.dict",
    "builtins.list",
    "builtins.tuple",
    "builtins.set",
    "builtins.frozenset",
    "builtins.int",
    "builtins.float",
    "builtins.str",
    "builtins.bytes",
    "builtins.bytearray",
    "builtins.complex",
    "builtins.slice",
    "__builtin__.dict",
    "__builtin__.list",
    "__builtin__.tuple",
    "__builtin__.set",
    "__builtin__.frozenset",
    "__builtin__.int",
    "__builtin__.float",
    "__builtin__.str",
    "__builtin__.unicode",
    "__builtin__.bytearray",
    "__builtin__.complex",
    "__builtin__.slice",
    // numbers, arrays and options beside the weights; only their presence is tolerated, nobody reads them
    "_codecs.encode",
    "numpy.core.multiarray._reconstruct",
    "numpy.core.multiarray.scalar",
    "numpy._core.multiarray._reconstruct",
    "numpy._core.multiarray.scalar",
    "numpy.ndarray",
    "numpy.dtype",
    "numpy.dtypes.BoolDType",
    "numpy.dtypes.Int32DType",
    "numpy.dtypes.Int64DType",
    "numpy.dtypes.Float32DType",
    "numpy.dtypes.Float64DType",
    "argparse.Namespace",
    "datetime.datetime",
    "datetime.timedelta",
    "pathlib.PosixPath",
    "pathlib.PurePosixPath",
    "mmengine.logging.history_buffer.HistoryBuffer",
    // HistoryBuffer names its methods with it; here it is a name like the others
    "builtins.getattr",
    "__builtin__.getattr",
};

}  // namespace

std::optional<at::ScalarType> torch_storage_type(std::string_view name) {
  const auto* found =
      std::find_if(storages.begin(), storages.end(), [&](const auto& item) { return item.first == name; });
  if (found == storages.end()) return std::nullopt;
  return found->second;
}

bool is_allowed_in_torch_files(std::string_view name) {
  return torch_storage_type(name).has_value() ||
         std::find(std::begin(allowed), std::end(allowed), name) != std::end(allowed);
}

}  // namespace longtail
