#include <models/core/error.hpp>
#include <models/data/byte_source.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <zlib.h>

namespace models {

namespace {

constexpr size_t buffer_size = 65536;

/// Unpacks gzip on the fly; `read` is the source that `unpacked` returns.
class gzip_filter {
public:
  gzip_filter(byte_source source, std::string path, uint64_t max_bytes)
    : source_(std::move(source)),
      path_(std::move(path)),
      max_bytes_(max_bytes) {
    refill();
    packed_ = available_ >= 2 && input_[0] == '\x1f' && input_[1] == '\x8b';
    // 16 + MAX_WBITS: a gzip header and its checksum, nothing else.
    if (packed_ && inflateInit2(&zlib_, 16 + MAX_WBITS) != Z_OK)
      throw data_error(path_ + ": no memory to unpack it");
  }

  gzip_filter(const gzip_filter&) = delete;
  gzip_filter& operator=(const gzip_filter&) = delete;

  ~gzip_filter() {
    if (packed_)
      inflateEnd(&zlib_);
  }

  size_t read(char* out, size_t size) {
    auto count = packed_ ? read_packed(out, size) : read_plain(out, size);
    total_ += count;
    if (total_ > max_bytes_)
      throw data_error(path_ + ": more than " + std::to_string(max_bytes_)
                       + " bytes of data; split the file");
    return count;
  }

private:
  /// Fills the input until two bytes are there or the source ends.
  void refill() {
    if (available_ > 0)
      std::memmove(input_.data(), next_, available_);
    next_ = input_.data();
    while (available_ < 2) {
      auto count =
        source_(input_.data() + available_, input_.size() - available_);
      if (count == 0)
        return;
      available_ += count;
    }
  }

  size_t read_plain(char* out, size_t size) {
    if (available_ == 0)
      return source_(out, size);
    auto count = std::min(size, available_);
    std::memcpy(out, next_, count);
    take(count);
    return count;
  }

  size_t read_packed(char* out, size_t size) {
    zlib_.next_out = reinterpret_cast<Bytef*>(out);
    zlib_.avail_out = static_cast<uInt>(std::min(size, buffer_size));
    auto wanted = zlib_.avail_out;
    while (zlib_.avail_out == wanted && !ended_)
      step();
    return wanted - zlib_.avail_out;
  }

  void step() {
    if (available_ == 0)
      refill();
    if (available_ == 0)
      throw data_error(path_ + ": the gzip data are cut off after "
                       + std::to_string(total_)
                       + " unpacked bytes; fetch the file again");
    zlib_.next_in = reinterpret_cast<Bytef*>(next_);
    zlib_.avail_in = static_cast<uInt>(available_);
    auto result = inflate(&zlib_, Z_NO_FLUSH);
    take(available_ - zlib_.avail_in);
    if (result == Z_STREAM_END)
      next_member();
    else if (result != Z_OK && result != Z_BUF_ERROR)
      throw data_error(path_ + ": damaged gzip data after "
                       + std::to_string(total_) + " unpacked bytes ("
                       + (zlib_.msg != nullptr ? zlib_.msg : "unknown")
                       + "); fetch the file again");
  }

  /// After the end of a member: another one, or nothing may follow.
  void next_member() {
    if (available_ < 2)
      refill();
    if (available_ == 0) {
      ended_ = true;
      return;
    }
    if (available_ < 2 || next_[0] != '\x1f' || next_[1] != '\x8b')
      throw data_error(path_ + ": bytes after the end of the gzip data");
    inflateReset(&zlib_);
  }

  void take(size_t count) {
    next_ += count;
    available_ -= count;
  }

  byte_source source_;
  std::string path_;
  uint64_t max_bytes_;
  uint64_t total_ = 0;
  bool packed_ = false;
  bool ended_ = false;
  size_t available_ = 0;
  std::array<char, buffer_size> input_;
  char* next_ = input_.data();
  z_stream zlib_{};
};

} // namespace

byte_source memory_source(std::string_view data) {
  return [data](char* out, size_t size) mutable {
    auto count = data.copy(out, size);
    data.remove_prefix(count);
    return count;
  };
}

byte_source stream_source(std::istream& in) {
  return [&in](char* out, size_t size) {
    in.read(out, static_cast<std::streamsize>(size));
    return static_cast<size_t>(in.gcount());
  };
}

byte_source file_source(const std::filesystem::path& path) {
  if (std::filesystem::is_directory(path))
    throw data_error(path.string() + ": is a directory, expected a file");
  auto in = std::make_shared<std::ifstream>(path, std::ios::binary);
  if (!*in)
    throw data_error(path.string()
                     + ": cannot open it: " + std::strerror(errno));
  return [in, path](char* out, size_t size) {
    in->read(out, static_cast<std::streamsize>(size));
    if (in->bad())
      throw data_error(path.string()
                       + ": cannot read it: " + std::strerror(errno));
    return static_cast<size_t>(in->gcount());
  };
}

byte_source chunk_source(std::function<std::string()> next) {
  return [next = std::move(next), chunk = std::string{},
          at = size_t{0}](char* out, size_t size) mutable {
    if (at == chunk.size()) {
      chunk = next();
      at = 0;
    }
    auto count = chunk.copy(out, size, at);
    at += count;
    return count;
  };
}

byte_source unpacked(byte_source source, std::string path, uint64_t max_bytes) {
  auto filter = std::make_shared<gzip_filter>(std::move(source),
                                              std::move(path), max_bytes);
  return [filter](char* out, size_t size) { return filter->read(out, size); };
}

} // namespace models
