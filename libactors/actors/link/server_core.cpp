#include <actors/link/connection.hpp>
#include <actors/link/server_core.hpp>

namespace actors::link {

namespace {

constexpr size_t buffer_size = size_t{64} << 10;
constexpr size_t notes_a_second = 50;

hello hello_of(const link_options& x) {
  hello out;
  out.incarnation = x.incarnation;
  out.bulk_window = x.bulk_window;
  out.cluster = x.cluster;
  out.node = x.node;
  return out;
}

rival rival_of(const connection& x) {
  return {x.peer().incarnation, x.peer().dialled};
}

} // namespace

server_core::server_core(link_options o, link_hooks h)
  : options(std::move(o)),
    hooks(std::move(h)),
    self(hello_of(options)),
    buffer(buffer_size, '\0') {}

std::shared_ptr<SSL_CTX> server_core::context() const {
  const std::lock_guard guard{mutex_};
  return credentials_.context;
}

void server_core::use(credentials x) {
  const std::lock_guard guard{mutex_};
  credentials_ = std::move(x);
}

std::optional<std::string>
server_core::admit(const std::shared_ptr<connection>& which) {
  auto& node = which->peer().node;
  auto old = find(node);
  if (old && !replaces(rival_of(*which), rival_of(*old), self.node, node))
    return old->peer().incarnation > which->peer().incarnation
             ? "node \"" + node + "\" is linked with a newer incarnation"
             : "node \"" + node + "\" is linked already";
  if (old)
    old->end("another link to the same node took its place");
  strangers.erase(which);
  const std::lock_guard guard{mutex_};
  links_[node] = which;
  return std::nullopt;
}

void server_core::forget(const std::shared_ptr<connection>& which) {
  strangers.erase(which);
  const std::lock_guard guard{mutex_};
  auto found = links_.find(which->peer().node);
  if (found != links_.end() && found->second == which)
    links_.erase(found);
}

std::shared_ptr<connection> server_core::find(const std::string& node) const {
  const std::lock_guard guard{mutex_};
  auto found = links_.find(node);
  return found == links_.end() ? nullptr : found->second;
}

std::vector<std::shared_ptr<connection>> server_core::links() const {
  const std::lock_guard guard{mutex_};
  std::vector<std::shared_ptr<connection>> out;
  for (auto& [node, each] : links_)
    out.push_back(each);
  return out;
}

void server_core::note(const std::string& line) {
  if (!hooks.log)
    return;
  auto now = clock::now();
  if (now - notes_since_ >= std::chrono::seconds{1}) {
    if (notes_ > notes_a_second)
      hooks.log("link: " + std::to_string(notes_ - notes_a_second)
                + " more lines like these are not shown");
    notes_since_ = now;
    notes_ = 0;
  }
  if (++notes_ <= notes_a_second)
    hooks.log("link: " + line);
}

} // namespace actors::link
