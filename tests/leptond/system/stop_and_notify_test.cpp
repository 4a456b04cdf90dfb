#include <leptond/observe/log.hpp>
#include <leptond/observe/metrics.hpp>
#include <leptond/system/notify.hpp>
#include <leptond/system/stop_requests.hpp>

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace leptond;
using std::chrono::milliseconds;

namespace {

/// Runs `body` in a child, where signals may end it.
/// @returns its exit status, or -signal
template <class Body>
int in_child(Body body) {
  const auto child = ::fork();
  if (child == 0)
    ::_exit(body());
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

} // namespace

BOOST_AUTO_TEST_SUITE(stop_and_notify)

BOOST_AUTO_TEST_CASE(a_signal_ends_the_wait_whoever_gets_it) {
  for (const auto each : {SIGTERM, SIGINT, SIGHUP})
    BOOST_TEST(in_child([each] {
                 stop_requests stop;
                 std::thread other{[each] { ::kill(::getpid(), each); }};
                 const auto got = stop.wait();
                 other.join();
                 return got;
               })
               == each);
}

BOOST_AUTO_TEST_CASE(the_wait_can_be_ended_from_within) {
  BOOST_TEST(in_child([] {
               stop_requests stop;
               stop.wake();
               return stop.wait() == 0 ? 7 : 8;
             })
             == 7);
}

BOOST_AUTO_TEST_CASE(a_second_signal_ends_the_process_at_once) {
  BOOST_TEST(in_child([] {
               stop_requests stop;
               ::kill(::getpid(), SIGTERM);
               stop.wait();
               stop.enforce(std::chrono::hours{1}, 1);
               ::kill(::getpid(), SIGINT);
               ::pause();
               return 0;
             })
             == 128 + SIGINT);
}

BOOST_AUTO_TEST_CASE(a_stop_that_takes_too_long_is_ended) {
  BOOST_TEST(in_child([] {
               stop_requests stop;
               stop.enforce(milliseconds{20}, 1);
               ::pause();
               return 0;
             })
             == 1);
}

BOOST_AUTO_TEST_CASE(a_stop_in_time_is_left_alone) {
  BOOST_TEST(in_child([] {
               stop_requests stop;
               stop.enforce(std::chrono::hours{1}, 1);
               return 5;
             })
             == 5);
}

BOOST_AUTO_TEST_CASE(the_service_manager_gets_the_datagram) {
  ::unsetenv("NOTIFY_SOCKET");
  BOOST_TEST(!notify_service_manager("READY=1"));
  const auto name = "@lepton_test_" + std::to_string(::getpid());
  sockaddr_un at{};
  at.sun_family = AF_UNIX;
  std::memcpy(at.sun_path + 1, name.data() + 1, name.size() - 1);
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const auto size = offsetof(sockaddr_un, sun_path) + name.size();
  BOOST_REQUIRE(
    ::bind(fd, reinterpret_cast<sockaddr*>(&at), static_cast<socklen_t>(size))
    == 0);
  ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
  BOOST_TEST(notify_service_manager("READY=1\nSTATUS=fine"));
  char text[64] = {};
  BOOST_TEST(::recv(fd, text, sizeof text - 1, 0) == 19);
  BOOST_TEST(std::string{text} == "READY=1\nSTATUS=fine");
  ::close(fd);
  BOOST_TEST(!notify_service_manager("READY=1")); // nobody there any more
  ::unsetenv("NOTIFY_SOCKET");
}

BOOST_AUTO_TEST_CASE(a_log_line_stays_one_line_and_one_object) {
  const auto text =
    log::text_line("api", "a\n\"b\"\x1b[0m\xff", {{"path", "x\ny"}});
  BOOST_TEST(text == "api: a\\n\"b\"\\x1b[0m\\xff path=\"x\\ny\"");
  const auto json =
    log::json_line("now", log::level::warn, "api", "a\n\"b\"\xff",
                   {{"text", "no"}, {"path", "\xff"}});
  BOOST_TEST(json.find('\n') == std::string::npos);
  const auto back = nlohmann::json::parse(json);
  BOOST_TEST(back["text"] == "a\n\"b\"\xef\xbf\xbd");
  BOOST_TEST(back["level"] == "warn");
  BOOST_TEST(back["path"] == "\xef\xbf\xbd");
}

BOOST_AUTO_TEST_CASE(metrics_are_prometheus_text_with_bounded_labels) {
  metrics figures;
  figures.count("a_total", "Help", {{"x", "1"}});
  figures.count("a_total", "Help", {{"x", "1"}}, 2);
  figures.replace("g", "Help", {{{{"path", "old"}}, 5}, {{{"path", "x"}}, 6}});
  figures.replace("g", "Help", {{{{"path", "x"}}, 7}});
  const auto hooks = figures.hooks();
  http::access_record record;
  record.method = "FROB";
  record.status = 404;
  hooks.access(record);
  hooks.connection(http::connection_event::refused, "peer");
  const auto text = figures.text();
  const auto has = [&text](std::string_view part) {
    return text.find(part) != std::string::npos;
  };
  BOOST_TEST(has("a_total{x=\"1\"} 3"));
  BOOST_TEST(has("\ng{path=\"x\"} 7"));
  BOOST_TEST(!has("old"));
  BOOST_TEST(has("{method=\"other\",route=\"unmatched\",status=\"404\"} 1"));
  BOOST_TEST(has("lepton_http_connections_total{event=\"refused\"} 1"));
  BOOST_TEST(!has("FROB"));
}

BOOST_AUTO_TEST_SUITE_END()
