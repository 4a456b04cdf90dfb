#include <models/io/sha256.hpp>
#include <roles/storage/blob_manifest.hpp>
#include <roles/storage/errors.hpp>

#include <charconv>
#include <optional>

namespace roles {

namespace {

constexpr std::string_view head = "lepton-blob 1\nalgorithm sha256\n";

/// Cuts `text` up to the line's end off; nothing when there is no whole line.
std::optional<std::string_view> next_line(std::string_view& text) {
  auto end = text.find('\n');
  if (end == std::string_view::npos)
    return std::nullopt;
  auto line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

std::optional<uint64_t> number(std::string_view text) {
  uint64_t value = 0;
  auto [end, error] =
    std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return value;
}

std::optional<chunk_ref> parse_chunk(std::string_view line) {
  constexpr std::string_view word = "chunk ";
  if (!line.starts_with(word) || line.size() < word.size() + 66)
    return std::nullopt;
  line.remove_prefix(word.size());
  auto bytes = number(line.substr(65));
  if (!models::is_sha256_hex(line.substr(0, 64)) || line[64] != ' ' || !bytes
      || *bytes == 0 || *bytes > max_chunk_bytes)
    return std::nullopt;
  return chunk_ref{std::string(line.substr(0, 64)),
                   static_cast<uint32_t>(*bytes)};
}

[[noreturn]] void corrupt(const std::string& origin, const char* why) {
  throw storage_error(storage_errc::corrupt, origin + " is corrupt: " + why);
}

/// The lines that the last one vouches for.
std::string_view checked_part(std::string_view text,
                              const std::string& origin) {
  constexpr std::string_view word = "check ";
  constexpr size_t size = word.size() + 65;
  if (text.size() < size || text.back() != '\n')
    corrupt(origin, "its end is missing");
  auto body = text.substr(0, text.size() - size);
  auto last = text.substr(body.size(), size - 1);
  if (!last.starts_with(word)
      || last.substr(word.size()) != models::sha256_hex(body))
    corrupt(origin, "its checksum does not match");
  return body;
}

} // namespace

std::string encode(const blob_manifest& manifest) {
  std::string text(head);
  text += "bytes " + std::to_string(manifest.bytes) + '\n';
  for (auto& c : manifest.chunks)
    text += "chunk " + c.sha256 + ' ' + std::to_string(c.bytes) + '\n';
  text += "check " + models::sha256_hex(text) + '\n';
  return text;
}

blob_manifest decode_manifest(std::string_view text,
                              const std::string& origin) {
  auto body = checked_part(text, origin);
  if (!body.starts_with(head))
    corrupt(origin, "not a manifest of version 1 with SHA-256");
  body.remove_prefix(head.size());
  blob_manifest out;
  auto total = next_line(body);
  auto bytes = total && total->starts_with("bytes ") ? number(total->substr(6))
                                                     : std::nullopt;
  if (!bytes)
    corrupt(origin, "its size is missing");
  out.bytes = *bytes;
  uint64_t sum = 0;
  while (auto line = next_line(body)) {
    auto chunk = parse_chunk(*line);
    if (!chunk)
      corrupt(origin, "a chunk's line is not one");
    sum += chunk->bytes;
    out.chunks.push_back(std::move(*chunk));
  }
  if (sum != out.bytes || !body.empty())
    corrupt(origin, "its chunks do not add up");
  return out;
}

} // namespace roles
