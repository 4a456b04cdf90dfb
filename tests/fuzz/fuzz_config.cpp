// A configuration and one setting: the input up to the first NUL is the file,
// what follows the value of --set. Neither may crash, whatever they hold, and
// a refusal must say why.

#include <leptond/config/load.hpp>
#include <leptond/core/text.hpp>

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const std::string_view input{reinterpret_cast<const char*>(data), size};
  const auto cut = input.find('\0');
  std::vector<std::string> settings;
  if (cut != std::string_view::npos)
    settings.emplace_back(input.substr(cut + 1));
  const auto loaded =
    leptond::parse_config("x.toml", input.substr(0, cut), settings);
  if (loaded)
    return 0;
  if (loaded.error().lines.empty())
    std::abort();
  for (const auto& line : loaded.error().lines)
    if (line.empty() || line.find('\n') != std::string::npos
        || leptond::first_invalid_utf8(line))
      std::abort();
  return 0;
}
