#pragma once

/// Marks what is used across the boundary of a shared library: what plugins, the program and the tests call in
/// liblongtail.so, and a plugin's entry function, the one thing that plugins, compiled with hidden visibility, export.
/// liblongtail.so exports everything today, so there the mark only tells the reader.
#define LONGTAIL_API __attribute__((visibility("default")))
