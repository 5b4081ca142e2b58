#pragma once

#include "apps/command.h"

namespace longtail::app {

// The verbs of `longtail data`, a file each.
void add_data_stats_command(CLI::App& data, Globals& globals);
void add_data_browse_command(CLI::App& data, Globals& globals);
void add_data_check_command(CLI::App& data, Globals& globals);
void add_data_make_emoji_command(CLI::App& data, Globals& globals);

}  // namespace longtail::app
