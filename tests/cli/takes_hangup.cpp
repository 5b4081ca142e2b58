// A library as UCX is one: it takes SIGHUP when it is loaded, whatever the caller wanted. The hangup comes at the end.
#include <signal.h>

namespace {

void nothing(int) {}

__attribute__((constructor)) void take() { ::signal(SIGHUP, nothing); }
__attribute__((destructor)) void hang_up() { ::raise(SIGHUP); }

}  // namespace
