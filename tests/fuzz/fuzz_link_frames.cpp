// What another machine can send through a link: frames in any pieces are the
// same frames, no more is held than has come, and an error stays.

#include <actors/link/frame.hpp>

#include <algorithm>
#include <cstdlib>

namespace {

using namespace actors::link;

void require(bool truth) {
  if (!truth)
    std::abort();
}

/// What a decoder gives, as one text; bytes of CAF are kept apart, since they
/// come in any pieces.
struct receiver {
  std::string frames;
  std::string caf;

  frame_sink sink() {
    return {[this](control_kind kind, std::string_view x) {
              frames += 'c';
              frames += static_cast<char>(kind);
              append_u32(frames, static_cast<uint32_t>(x.size()));
              frames += x;
            },
            [this](std::string_view x) { caf += x; },
            [this](const std::string& x) {
              require(!x.empty() && x.size() <= max_bulk_message);
              frames += 'b';
              append_u32(frames, static_cast<uint32_t>(x.size()));
              frames += x;
            }};
  }
};

frame_error
decode(std::string_view bytes, size_t step, bool opened, receiver& into) {
  frame_decoder decoder{256};
  if (opened)
    decoder.open();
  auto sink = into.sink();
  auto error = frame_error::none;
  for (size_t at = 0; at < bytes.size(); at += step) {
    error = decoder.feed(bytes.substr(at, step), sink);
    require(decoder.held() <= at + step);
  }
  require(decoder.feed({}, sink) == error);
  return error;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0)
    return 0;
  std::string_view bytes{reinterpret_cast<const char*>(data) + 1, size - 1};
  auto opened = data[0] % 2 == 0;
  receiver whole;
  receiver pieces;
  auto error = decode(bytes, std::max<size_t>(bytes.size(), 1), opened, whole);
  require(decode(bytes, data[0] % 13 + size_t{1}, opened, pieces) == error);
  require(whole.frames == pieces.frames && whole.caf == pieces.caf);
  require(opened || whole.caf.empty());
  require(whole.caf.size() + whole.frames.size() <= bytes.size());
  return 0;
}
