#pragma once

#include <string>

#include "core/io/tensor_file.h"
#include "core/io/torch_file.h"

namespace longtail {

/// The weights in a file of torch.save(): the tensors of the one dict that holds them, and of dicts in it with dotted
/// names. metadata["part"] is the place of that dict.
/// With `key` ("teacher", "state_dict.student") it is the dict at that place. Without, it is found: under a usual name
/// (`state_dict`, `model` ...), which comes before averaged copies of it, else wherever it is; so, too, where `key`
/// names none. notes say which others it left for a usual name. Throws DataError, with the keys to choose from, when
/// there are several, or none; and when a tensor would have to be made by a class of another program.
TensorFile read_state_dict(TorchFile& file, const std::string& key = "");

}  // namespace longtail
