// The file of a snapshot: any bytes are refused or are a whole snapshot, and
// whatever was written is read back, but not when a byte of it has changed.

#include <actors/snapshot/snapshot_format.hpp>

#include <cstdlib>

namespace {

void require(bool truth) {
  if (!truth)
    std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view input{reinterpret_cast<const char*>(data), size};
  if (auto x = actors::decode_snapshot(input))
    require(actors::encode_snapshot(x->number, x->bytes) == input);
  auto number = size * 0x9e3779b97f4a7c15;
  auto file = actors::encode_snapshot(number, input);
  auto back = actors::decode_snapshot(file);
  require(back && back->number == number && back->bytes == input);
  require(!actors::decode_snapshot(std::string_view{file}.substr(1)));
  require(!actors::decode_snapshot(
    std::string_view{file}.substr(0, file.size() - 1)));
  require(!actors::decode_snapshot(file + '\0'));
  if (size > 0) {
    auto& byte = file[data[0] % file.size()];
    byte = static_cast<char>(byte ^ (1 << (size % 8)));
    require(!actors::decode_snapshot(file));
  }
  return 0;
}
