#include "apps/data_command.h"

namespace longtail::app {

void add_data_command(CLI::App& app, Globals& globals) {
  CLI::App& data = *app.add_subcommand("data", "Look at data sets and make them");
  data.require_subcommand(1);
  add_data_stats_command(data, globals);
  add_data_browse_command(data, globals);
  add_data_check_command(data, globals);
  add_data_make_emoji_command(data, globals);
}

}  // namespace longtail::app
