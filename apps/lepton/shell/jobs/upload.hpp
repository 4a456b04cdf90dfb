#pragma once

#include <shell/core/context.hpp>
#include <shell/net/local_file.hpp>

#include <string>
#include <string_view>

namespace lepton_shell {

/// Shows how far a slow transfer is, on a terminal only and not before it has
/// taken half a second. Wipes itself off at its end.
class transfer_line {
public:
  transfer_line(context& c, std::string what);
  ~transfer_line();
  transfer_line(const transfer_line&) = delete;
  transfer_line& operator=(const transfer_line&) = delete;

  void show(uint64_t bytes, uint64_t total);

private:
  context& c_;
  std::string what_;
  double next_;
  bool shown_ = false;
};

/// Sends the file's content to the node unless it is there, and returns its
/// SHA-256. The file is streamed: memory does not grow with it.
/// @throws refusal, unreachable, interrupted
std::string upload_blob(context& c, const local_file& file);

/// Sends a file as the body of a PUT and returns the answer.
json upload(context& c,
            const local_file& file,
            std::string_view path,
            query_list query);

} // namespace lepton_shell
