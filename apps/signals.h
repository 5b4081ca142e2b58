#pragma once

namespace longtail::app {

/// First of all in main(): what the caller had ignored stays ignored (nohup: SIGHUP), whatever the libraries did when
/// they were loaded; what cannot be written (a closed pipe, a file beyond `ulimit -f`) is an error of the write and not
/// the program's end.
void keep_inherited_signals();

/// True for a signal that the caller had ignored: it is no reason to stop.
bool was_ignored(int number);

/// SIGINT, SIGTERM and SIGHUP end the program with 130. For verbs that have nothing to save.
void end_at_once_on_signals();

/// The first of them lets the step under way end and a checkpoint be written (Trainer::stop_requested()); the second
/// one ends the program.
void stop_gently_on_signals();

}  // namespace longtail::app
