#include <boost/test/unit_test.hpp>

#include <arpa/inet.h>
#include <csignal>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <tests/actors/link/nodes.hpp>
#include <unistd.h>

using namespace std::chrono_literals;

namespace link_test {

namespace {

constexpr auto patience = 30s;

} // namespace

authority::authority(std::string name, std::string cluster)
  : ca{where.path / name} {
  auto made = make_authority({.directory = ca, .cluster = std::move(cluster)});
  BOOST_TEST_REQUIRE(problem_of(made) == "no problem");
}

certificate_files authority::issue(const std::string& node,
                                   std::chrono::days valid_for) {
  auto made = issue_certificate({.authority = ca,
                                 .to = where.path / ("for-" + node),
                                 .node = node,
                                 .valid_for = valid_for,
                                 .force = true});
  BOOST_TEST_REQUIRE(problem_of(made) == "no problem");
  return std::get<issued>(made).files;
}

node::node(link_options options, bool uses_bulk) {
  link_hooks hooks;
  auto name = [](const link_ptr& x) { return x->peer().node; };
  hooks.up = [=, this](const link_ptr& x) {
    saw("up " + name(x) + " " + std::to_string(x->peer().incarnation));
  };
  hooks.down = [=, this](const link_ptr& x, const std::string& why) {
    saw("down " + name(x) + ": " + why);
  };
  hooks.control = [=, this](const link_ptr& x, std::string_view bytes) {
    saw("control " + name(x) + ": " + std::string{bytes});
  };
  hooks.bulk = [=, this](const link_ptr& x, const std::string& bytes) {
    saw("bulk " + name(x) + ": " + std::to_string(bytes.size()));
    if (uses_bulk)
      x->bulk_used(bytes.size());
  };
  hooks.relieved = [=, this](const link_ptr& x, channel which) {
    saw("relieved " + name(x) + " " + std::to_string(static_cast<int>(which)));
  };
  hooks.log = [this](const std::string& line) { saw("log " + line); };
  auto started = link_server::start(std::move(options), std::move(hooks));
  BOOST_TEST_REQUIRE(problem_of(started) == "no problem");
  server_ = std::get<0>(std::move(started));
}

void node::saw(std::string event) {
  const std::lock_guard guard{mutex_};
  events_.push_back(std::move(event));
  changed_.notify_all();
}

bool node::seen(const std::string& start, const std::string& part) const {
  for (auto& each : events_)
    if (each.starts_with(start) && contains(each, part))
      return true;
  return false;
}

std::string node::expect(const std::string& start, const std::string& part) {
  std::unique_lock guard{mutex_};
  auto came =
    changed_.wait_for(guard, patience, [&] { return seen(start, part); });
  if (!came)
    for (auto& each : events_)
      BOOST_TEST_MESSAGE(each);
  BOOST_TEST_REQUIRE(came, "no \"" << start << "\" with \"" << part << "\"");
  for (auto& each : events_)
    if (each.starts_with(start) && contains(each, part))
      return each;
  return {};
}

bool node::has_seen(const std::string& start, const std::string& part) {
  const std::lock_guard guard{mutex_};
  return seen(start, part);
}

size_t node::count(const std::string& start) {
  const std::lock_guard guard{mutex_};
  size_t n = 0;
  for (auto& each : events_)
    n += each.starts_with(start) ? 1 : 0;
  return n;
}

bool node::until(const std::function<bool()>& truth) {
  auto deadline = std::chrono::steady_clock::now() + patience;
  while (!truth()) {
    std::unique_lock guard{mutex_};
    if (std::chrono::steady_clock::now() > deadline)
      return false;
    changed_.wait_for(guard, 5ms);
  }
  return true;
}

outcome<link_ptr>
node::dial(uint16_t port, const std::string& name, const std::string& host) {
  std::mutex mutex;
  std::condition_variable changed;
  std::optional<outcome<link_ptr>> result;
  server_->dial(host, port, name, [&](outcome<link_ptr> x) {
    const std::lock_guard guard{mutex};
    result = std::move(x);
    changed.notify_all();
  });
  std::unique_lock guard{mutex};
  BOOST_TEST_REQUIRE(
    changed.wait_for(guard, patience, [&] { return result.has_value(); }));
  return *result;
}

link_ptr node::link(const std::string& name) {
  auto found = server_->find(name);
  BOOST_TEST_REQUIRE((found != nullptr));
  return found;
}

raw_peer::raw_peer(uint16_t port) : fd_{::socket(AF_INET, SOCK_STREAM, 0)} {
  std::signal(SIGPIPE, SIG_IGN);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  BOOST_TEST_REQUIRE(::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to)
                     == 0);
  timeval limit{30, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

raw_peer::~raw_peer() {
  SSL_free(ssl_);
  ::close(fd_);
}

bool raw_peer::secure(const certificate_files* files,
                      const std::filesystem::path& trust) {
  auto context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_load_verify_locations(context, trust.c_str(), nullptr);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  if (files != nullptr) {
    SSL_CTX_use_certificate_file(context, files->certificate.c_str(),
                                 SSL_FILETYPE_PEM);
    SSL_CTX_use_PrivateKey_file(context, files->key.c_str(), SSL_FILETYPE_PEM);
  }
  ssl_ = SSL_new(context);
  SSL_CTX_free(context);
  SSL_set_fd(ssl_, fd_);
  return SSL_connect(ssl_) == 1;
}

bool raw_peer::send(std::string_view bytes) {
  while (!bytes.empty()) {
    auto n = ssl_ == nullptr
               ? static_cast<int>(
                 ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL))
               : SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()));
    if (n <= 0)
      return false;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

std::string raw_peer::receive(size_t limit) {
  std::string all;
  std::string buffer(1u << 16, '\0');
  while (all.size() < limit) {
    auto size = static_cast<int>(std::min(buffer.size(), limit - all.size()));
    auto n = ssl_ == nullptr ? static_cast<int>(
               ::recv(fd_, buffer.data(), static_cast<size_t>(size), 0))
                             : SSL_read(ssl_, buffer.data(), size);
    if (n <= 0)
      break;
    all.append(buffer, 0, static_cast<size_t>(n));
  }
  return all;
}

std::string hello_frame(const std::string& node,
                        const std::string& cluster,
                        uint16_t version,
                        uint64_t incarnation) {
  return control_frame(control_kind::hello,
                       encode(hello{.version = version,
                                    .incarnation = incarnation,
                                    .bulk_window = 64u << 20,
                                    .cluster = cluster,
                                    .node = node}));
}

} // namespace link_test
