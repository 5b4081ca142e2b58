#pragma once

#include <cstddef>
#include <string_view>

namespace longtail {

// Which file is mapped where. Reading a mapping beyond the end of a file that was cut meanwhile, or that the disk
// cannot give, is a SIGBUS; whoever handles it needs the file's name.

void remember_mapping(const char* begin, std::size_t size, std::string_view path);
void forget_mapping(const char* begin);

/// The path of the file that is mapped at the address, shortened to some 1,000 bytes and without control characters, or
/// nullptr. Safe in a signal handler.
const char* mapped_file_at(const void* address);

}  // namespace longtail
