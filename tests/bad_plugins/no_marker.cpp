// A shared library of somebody else that happens to have our suffix.
extern "C" __attribute__((visibility("default"))) int answer() { return 42; }
