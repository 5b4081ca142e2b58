// Reads an annotation file and prints, as JSON, how long it took and how much memory the process needed at its peak.
#include <fmt/format.h>
#include <longtail/error.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdio>

#include "core/annotations/annotation_set.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: annotations_bench FILE.json\n");
    return 2;
  }
  try {
    rusage before{}, after{};
    ::getrusage(RUSAGE_SELF, &before);
    const auto begin = std::chrono::steady_clock::now();
    const longtail::AnnotationSet set = longtail::read_annotations(argv[1]);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    ::getrusage(RUSAGE_SELF, &after);
    const auto seconds = [](const timeval& time) {
      return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    const double cpu =
        seconds(after.ru_utime) + seconds(after.ru_stime) - seconds(before.ru_utime) - seconds(before.ru_stime);
    fmt::print("{{\"objects\": {}, \"seconds\": {:.4f}, \"cpu_seconds\": {:.4f}, \"megabytes\": {:.0f}}}\n",
               set.objects.size(), took.count(), cpu, static_cast<double>(after.ru_maxrss) / 1024);
  } catch (const longtail::Error& error) {
    fmt::print(stderr, "error: {}\n", error.what());
    return static_cast<int>(error.code());
  }
}
