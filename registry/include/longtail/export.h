#pragma once

/// Marks what liblongtail.so offers to plugins; plugins are compiled with hidden visibility.
#define LONGTAIL_API __attribute__((visibility("default")))
