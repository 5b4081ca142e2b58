#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/ablation/table.h"

namespace longtail {

/// What a reader of a run's numbers has to know, from its result.json: that it is partial, that it was gone on with
/// under other conditions or with other data. One sentence each.
std::vector<std::string> cautions_of(const nlohmann::json& result);

/// "2 threads, cpu": sums are rounded differently under others, so numbers differ a little for no other reason. "not
/// told" of a result of an earlier version.
std::string conditions_of(const nlohmann::json& result);

/// "lvis" or "coco", which evaluated the run's numbers; "" of classification and of a run without a result.
std::string protocol_of(const RunView& run);
/// Of its seeds: "lvis", or "coco, lvis".
std::string protocol_of(const TableRow& row);
/// "protocol: lvis", or "protocol: coco (row B), lvis (row A): their numbers cannot be compared"; "" without any.
std::string protocols_of(const Table& table);

/// Adds the cautions to the rows' notes; where the finished runs were made under several conditions also these, and a
/// warning to the table.
void add_conditions(Table& table);

}  // namespace longtail
