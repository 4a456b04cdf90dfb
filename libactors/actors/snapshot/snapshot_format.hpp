#pragma once

#include <actors/snapshot/snapshot_store.hpp>

#include <optional>
#include <string>
#include <string_view>

/// The file of one snapshot. All numbers are little endian:
///
///   offset  bytes
///        0      8  "LPSNAP\r\n"
///        8      4  version of this format: 1
///       12      4  CRC-32 of all that follows
///       16      8  number of the snapshot
///       24      8  length of the content
///       32         the content
///
/// Pure; any input is safe.
namespace actors {

inline constexpr uint32_t snapshot_format_version = 1;

std::string encode_snapshot(uint64_t number, std::string_view content);

/// Nothing if the file is not a whole, sound snapshot of a version we know.
std::optional<snapshot> decode_snapshot(std::string_view file);

} // namespace actors
