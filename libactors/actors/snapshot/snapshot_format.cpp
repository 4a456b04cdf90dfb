#include <actors/snapshot/snapshot_format.hpp>

#include <boost/crc.hpp>

namespace actors {

namespace {

constexpr std::string_view magic = "LPSNAP\r\n";
constexpr size_t header_bytes = 32;
constexpr size_t checked_from = 16;

template <class T>
void put(std::string& out, T value) {
  for (size_t i = 0; i < sizeof(T); ++i)
    out.push_back(static_cast<char>(value >> (8 * i)));
}

template <class T>
T get(std::string_view from, size_t at) {
  T value = 0;
  for (size_t i = 0; i < sizeof(T); ++i)
    value |= static_cast<T>(static_cast<unsigned char>(from[at + i]))
             << (8 * i);
  return value;
}

uint32_t checksum(std::string_view x) {
  boost::crc_32_type crc;
  crc.process_bytes(x.data(), x.size());
  return crc.checksum();
}

} // namespace

std::string encode_snapshot(uint64_t number, std::string_view content) {
  std::string tail;
  tail.reserve(header_bytes - checked_from + content.size());
  put<uint64_t>(tail, number);
  put<uint64_t>(tail, content.size());
  tail += content;
  std::string file{magic};
  put<uint32_t>(file, snapshot_format_version);
  put<uint32_t>(file, checksum(tail));
  return file + tail;
}

std::optional<snapshot> decode_snapshot(std::string_view file) {
  if (file.size() < header_bytes || !file.starts_with(magic)
      || get<uint32_t>(file, 8) != snapshot_format_version
      || get<uint64_t>(file, 24) != file.size() - header_bytes
      || get<uint32_t>(file, 12) != checksum(file.substr(checked_from)))
    return std::nullopt;
  return snapshot{get<uint64_t>(file, 16),
                  std::string{file.substr(header_bytes)}};
}

} // namespace actors
