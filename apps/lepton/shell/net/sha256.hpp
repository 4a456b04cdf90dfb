#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace lepton_shell {

/// SHA-256 of a stream of bytes (OpenSSL). Not thread-safe.
class sha256 {
public:
  sha256();
  ~sha256();
  sha256(const sha256&) = delete;
  sha256& operator=(const sha256&) = delete;

  void update(std::string_view bytes);

  /// Returns 64 small hexadecimal digits. Call once.
  std::string finish();

private:
  struct context;
  std::unique_ptr<context> context_;
};

} // namespace lepton_shell
