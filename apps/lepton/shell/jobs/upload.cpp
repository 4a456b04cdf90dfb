#include <shell/core/errors.hpp>
#include <shell/jobs/upload.hpp>
#include <shell/text/draw.hpp>
#include <shell/text/units.hpp>
#include <shell/text/utf8.hpp>

#include <ostream>

namespace lepton_shell {

transfer_line::transfer_line(context& c, std::string what)
  : c_(c), what_(printable(what)), next_(now_s() + 0.5) {
  // nop
}

transfer_line::~transfer_line() {
  if (shown_)
    c_.err << "\r\x1b[K" << std::flush;
}

void transfer_line::show(uint64_t bytes, uint64_t total) {
  if (!c_.err_look.terminal || now_s() < next_)
    return;
  next_ = now_s() + 0.1;
  shown_ = true;
  auto done_bytes = static_cast<double>(bytes);
  auto line = what_ + "  " + bytes_text(done_bytes);
  if (total > 0) {
    auto share = done_bytes / static_cast<double>(total);
    line = what_ + "  " + bar(share, 20) + " " + percent(share) + "  "
           + bytes_text(done_bytes) + " of "
           + bytes_text(static_cast<double>(total));
  }
  c_.err << '\r' << shorten(line, c_.err_look.columns - 1) << "\x1b[K"
         << std::flush;
}

std::string upload_blob(context& c, const local_file& file) {
  std::string hash;
  {
    transfer_line shown(c, "reading " + file.path());
    hash = file.hash([&](uint64_t at, uint64_t of) { shown.show(at, of); });
  }
  try {
    c.api.get("/blobs", {{"sha256", hash}});
    return hash;
  } catch (const refusal& e) {
    if (e.status != 404)
      throw;
  }
  upload(c, file, "/blobs", {{"sha256", hash}});
  return hash;
}

json upload(context& c,
            const local_file& file,
            std::string_view path,
            query_list query) {
  transfer_line shown(c, "sending " + file.path());
  http_request request;
  request.method = "PUT";
  request.path = path;
  request.query = std::move(query);
  request.content_type = "application/octet-stream";
  request.body_bytes = file.bytes();
  request.read = [&](char* to, size_t n, uint64_t at) {
    return file.read(to, n, at);
  };
  request.progress = [&](uint64_t at, uint64_t of) { shown.show(at, of); };
  return c.api.send_json(std::move(request));
}

} // namespace lepton_shell
