#include <leptond/config/load.hpp>
#include <leptond/config/loader.hpp>
#include <leptond/core/text.hpp>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>

namespace leptond {

namespace {

constexpr std::size_t longest_file = std::size_t{1} << 20;

failure cannot_read(const std::string& file, const std::string& why) {
  return {exit_bad_usage, {file + ": cannot read the configuration: " + why}};
}

/// Closes a descriptor at the end of its scope.
struct descriptor {
  int fd = -1;

  explicit descriptor(int value) : fd(value) {}

  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;

  ~descriptor() {
    if (fd >= 0)
      ::close(fd);
  }
};

result<std::string> read_small_file(const std::string& file) {
  // O_NONBLOCK: a FIFO given by mistake must not hang the start.
  const descriptor in{::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  struct stat info = {};
  if (in.fd < 0 || ::fstat(in.fd, &info) != 0)
    return cannot_read(file, std::strerror(errno));
  if (!S_ISREG(info.st_mode))
    return cannot_read(file, "not a file");
  std::string text(longest_file + 1, '\0');
  std::size_t filled = 0;
  while (filled < text.size()) {
    const auto n = ::read(in.fd, text.data() + filled, text.size() - filled);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return cannot_read(file, std::strerror(errno));
    if (n == 0)
      break;
    filled += static_cast<std::size_t>(n);
  }
  if (filled > longest_file)
    return cannot_read(file, "longer than 1 MiB; it is no configuration");
  text.resize(filled);
  return text;
}

} // namespace

node_config default_config() {
  node_config config;
  for (const auto& key : config_keys()) {
    if (key.fallback.empty())
      continue;
    std::string problem;
    auto value = check_value(key, raw_from_text(key, key.fallback), problem);
    key.store(config, {}, std::move(value.value()));
  }
  return config;
}

result<loaded_config> load_config(const std::string& file,
                                  const std::vector<std::string>& settings) {
  if (file.empty())
    return parse_config({}, {}, settings);
  auto text = read_small_file(file);
  if (!text)
    return text.error();
  return parse_config(file, *text, settings);
}

result<loaded_config> parse_config(const std::string& name,
                                   std::string_view text,
                                   const std::vector<std::string>& settings) {
  config_loader loader{name};
  loader.read_file(text);
  for (const auto& setting : settings)
    loader.read_setting(setting);
  return loader.finish();
}

} // namespace leptond
