#pragma once

// Where a reader's bytes come from: memory, a stream, a file, the chunks of a
// stored blob; plain or gzip. A source is used by one thread and read once.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>

namespace models {

/// Writes up to `size` (> 0) next bytes to `out` and returns how many; 0 means
/// the end. May throw; the exception passes through the reader.
using byte_source = std::function<size_t(char* out, size_t size)>;

/// The bytes of `data`, which has to outlive the source.
byte_source memory_source(std::string_view data);

/// The rest of `in`, which has to outlive the source.
byte_source stream_source(std::istream& in);

/// A file. Throws `data_error` naming `path` and the system's reason.
byte_source file_source(const std::filesystem::path& path);

/// Chunks of any size, one after another: `next` returns an empty string at the
/// end. For blobs that storage hands out piece by piece.
byte_source chunk_source(std::function<std::string()> next);

/// `source` unpacked if it starts as a gzip file (one member or several), else
/// as it is. Holds 64 KiB, whatever the data claim; at most `max_bytes` come
/// out. Throws `data_error` naming `path` for a damaged or cut off stream, for
/// bytes after it, and for more than `max_bytes`.
byte_source unpacked(byte_source source, std::string path, uint64_t max_bytes);

} // namespace models
