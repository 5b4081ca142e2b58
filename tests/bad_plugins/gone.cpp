extern "C" int gone() { return 0; }
