#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// What a blob consists of, as a small text file. The format, one line each:
///
///     lepton-blob 1
///     algorithm sha256
///     bytes TOTAL
///     chunk HASH BYTES            any number, in order
///     check HASH                  SHA-256 of all lines above
///
/// Pure functions; any thread.

namespace roles {

/// The largest chunk that a manifest may name, so that a reader's memory has a
/// bound whatever a file says.
constexpr uint32_t max_chunk_bytes = 4u << 20;

/// The largest manifest: about 840 GiB of blob in chunks of 1 MiB.
constexpr size_t max_manifest_bytes = size_t{64} << 20;

struct chunk_ref {
  std::string sha256; ///< of the chunk; its file's name
  uint32_t bytes = 0; ///< 1 to max_chunk_bytes
};

struct blob_manifest {
  uint64_t bytes = 0; ///< the sum over the chunks
  std::vector<chunk_ref> chunks;
};

std::string encode(const blob_manifest& manifest);

/// @param origin named in errors: the file and what it stands for
/// @throws storage_error `corrupt`: torn, changed, or of another version.
blob_manifest decode_manifest(std::string_view text, const std::string& origin);

} // namespace roles
