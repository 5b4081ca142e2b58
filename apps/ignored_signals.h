#pragma once

namespace longtail::app {

/// What the caller had ignored (nohup: SIGHUP) is ignored again. Libraries that take a signal for themselves when they
/// are loaded, before main(), do not ask: UCX, which comes with LibTorch's MPI on Debian 13, takes SIGHUP.
void ignore_what_the_caller_ignored();

}  // namespace longtail::app
