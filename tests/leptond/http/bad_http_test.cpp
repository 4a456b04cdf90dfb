#include <random>

#include "server_fixture.hpp"

using namespace leptond;
using namespace leptond::testing;
using http::connection_event;
using std::chrono::milliseconds;

BOOST_FIXTURE_TEST_SUITE(bad_http, server_fixture)

BOOST_AUTO_TEST_CASE(garbage_closes_its_connection_and_is_counted) {
  start();
  std::mt19937_64 random{7};
  int malformed = 0;
  for (int i = 0; i < 50; ++i) {
    auto client = connect();
    std::string bytes(1 + random() % 5000, '\0');
    for (auto& c : bytes)
      c = static_cast<char>(random());
    client.send(bytes);
    client.finish_sending();
    const auto answer = client.read_all();
    BOOST_TEST((answer.empty() || answer.starts_with("HTTP/1.1 4")), answer);
    malformed += answer.starts_with("HTTP/1.1 400") ? 1 : 0;
  }
  BOOST_TEST(malformed > 25);
  BOOST_TEST(seen.wait_for(connection_event::malformed, malformed));
  BOOST_TEST(seen.wait_for(connection_event::closed, 50));
  BOOST_TEST(ask("GET", "/hello").status == 200);
}

BOOST_AUTO_TEST_CASE(malformed_heads_are_a_400) {
  start();
  for (const auto* head :
       {"GET /hello HTTP/9.9\r\n\r\n", "GET  /hello HTTP/1.1\r\n\r\n",
        "GET /hello\r\n\r\n", "G@T /hello HTTP/1.1\r\n\r\n",
        "GET /hello HTTP/1.1\r\nHost localhost\r\n\r\n",
        "GET /hello HTTP/1.1\r\nHost: localhost\r\nA\x01: b\r\n\r\n",
        "GET /hello HTTP/1.1\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n"
        "Content-Length: 2\r\n\r\nab",
        "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n"
        "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: localhost\r\n"
        "Content-Length: 99999999999999999999999\r\n\r\n"}) {
    auto client = connect();
    client.send(head);
    BOOST_TEST(client.read_answer().status == 400, head);
    BOOST_TEST(client.closed(), head);
  }
}

BOOST_AUTO_TEST_CASE(a_header_without_end_is_a_431_and_takes_no_memory) {
  options.max_header = 4096;
  start();
  const std::string_view start_line = "GET /hello HTTP/1.1\r\nHost: localhost";
  auto wide = connect();
  wide.send(std::string{start_line} + "\r\nA: " + std::string(100'000, 'x'));
  BOOST_TEST(wide.read_answer().status == 431);
  auto many = connect();
  std::string lines{start_line};
  for (int i = 0; i < 1000; ++i)
    lines += "\r\nA" + std::to_string(i) + ": x";
  many.send(lines + "\r\n\r\n");
  BOOST_TEST(many.read_answer().status == 431);
  auto target = connect();
  target.send("GET /" + std::string(100'000, 'x'));
  BOOST_TEST(target.read_answer().status == 431);
  BOOST_TEST(seen.wait_for(connection_event::malformed, 3));
}

BOOST_AUTO_TEST_CASE(a_header_that_stops_midway_closes_the_connection) {
  options.header_timeout = milliseconds{60};
  start();
  auto client = connect();
  client.send("GET /hello HTTP/1.1\r\nHo");
  BOOST_TEST(client.closed());
  BOOST_TEST(seen.records(1).at(0).status == 408);
  BOOST_TEST(seen.wait_for(connection_event::timed_out, 1));
}

BOOST_AUTO_TEST_CASE(every_byte_of_a_slow_header_does_not_renew_its_deadline) {
  options.header_timeout = milliseconds{100};
  start();
  auto client = connect();
  client.send("GET /hello HTTP/1.1\r\nHost: localhost\r\nA: ");
  int bytes = 0;
  while (bytes < 2000 && !client.readable(milliseconds{5})) {
    client.send("x");
    ++bytes;
  }
  BOOST_TEST(bytes < 2000); // 10 s; ends by the server's deadline long before
  BOOST_TEST(seen.records(1).at(0).status == 408);
}

BOOST_AUTO_TEST_CASE(connections_that_send_nothing_are_closed) {
  options.header_timeout = milliseconds{40};
  options.idle_timeout = milliseconds{40};
  start();
  auto silent = connect();
  BOOST_TEST(silent.closed());
  auto idle = connect();
  idle.request("GET", "/hello");
  BOOST_TEST(idle.read_answer().status == 200);
  BOOST_TEST(idle.closed());
  BOOST_TEST(seen.wait_for(connection_event::closed, 2));
  BOOST_TEST(server->connections() == 0u);
}

BOOST_AUTO_TEST_CASE(a_body_that_does_not_come_closes_the_connection) {
  options.io_timeout = milliseconds{40};
  start();
  auto client = connect();
  client.send("POST /echo HTTP/1.1\r\nHost: localhost\r\n"
              "Content-Length: 10\r\n\r\nhalf");
  BOOST_TEST(client.closed());
  BOOST_TEST(seen.records(1).at(0).status == 408);
  BOOST_TEST(seen.wait_for(connection_event::timed_out, 1));
}

BOOST_AUTO_TEST_CASE(a_body_cut_short_is_not_given_to_the_handler) {
  start();
  auto client = connect();
  client.send("POST /echo HTTP/1.1\r\nHost: localhost\r\n"
              "Content-Length: 10\r\n\r\nhalf");
  client.finish_sending();
  const auto answer = client.read_answer();
  BOOST_TEST(answer.status == 400);
  BOOST_TEST(answer.body == "{\"error\":\"the body ends early\"}\n");
}

BOOST_AUTO_TEST_CASE(a_body_over_the_limit_is_a_413_that_the_client_can_read) {
  options.max_body = 1000;
  start();
  auto announced = connect();
  announced.request("POST", "/echo", std::string(2'000'000, 'x'));
  const auto answer = announced.read_answer();
  BOOST_TEST(answer.status == 413);
  BOOST_TEST(answer.body
             == "{\"error\":\"the body has 2000000 bytes, the limit is "
                "1000\"}\n");
  auto chunked = connect();
  chunked.send("POST /echo HTTP/1.1\r\nHost: localhost\r\n"
               "Transfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 3; ++i)
    chunked.send("200\r\n" + std::string(512, 'x') + "\r\n");
  BOOST_TEST(chunked.read_answer().status == 413);
  BOOST_TEST(ask("POST", "/echo", std::string(1000, 'x')).status == 200);
  BOOST_TEST(ask("POST", "/echo", std::string(1001, 'x')).status == 413);
}

BOOST_AUTO_TEST_CASE(a_huge_announced_body_takes_no_memory) {
  routes.add(
    "POST", "/large", [](const auto&, const auto& out) { out.send({}); },
    std::uint64_t{1} << 40);
  options.max_buffered = std::uint64_t{1} << 20;
  start();
  auto client = connect();
  client.send("POST /large HTTP/1.1\r\nHost: localhost\r\n"
              "Content-Length: 1000000000000\r\n\r\nx");
  const std::string block(1 << 16, 'x');
  for (int i = 0; i < 32 && client.send(block); ++i)
    ;
  const auto answer = client.read_answer();
  BOOST_TEST(answer.status == 503);
  BOOST_TEST(answer.head.find("Retry-After: 1") != std::string::npos);
  BOOST_TEST(ask("POST", "/echo", "small").status == 200);
}

BOOST_AUTO_TEST_CASE(chunked_bodies_are_joined) {
  start();
  auto client = connect();
  client.send("POST /echo HTTP/1.1\r\nHost: localhost\r\n"
              "Transfer-Encoding: chunked\r\n\r\n"
              "3;ext=1\r\nabc\r\n4\r\ndefg\r\n0\r\nTrailer: x\r\n\r\n");
  BOOST_TEST(client.read_answer().body == "abcdefg");
  client.request("GET", "/hello");
  BOOST_TEST(client.read_answer().status == 200);
}

BOOST_AUTO_TEST_CASE(a_wrong_chunk_is_a_400) {
  start();
  auto client = connect();
  client.send("POST /echo HTTP/1.1\r\nHost: localhost\r\n"
              "Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n");
  BOOST_TEST(client.read_answer().status == 400);
  auto endless = connect();
  endless.send("POST /echo HTTP/1.1\r\nHost: localhost\r\n"
               "Transfer-Encoding: chunked\r\n\r\n1;"
               + std::string(200'000, 'x'));
  BOOST_TEST(endless.read_answer().status == 400);
}

BOOST_AUTO_TEST_CASE(a_body_on_a_refused_request_is_not_taken_for_the_next) {
  start();
  auto client = connect();
  client.request("POST", "/nothing",
                 "GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n");
  BOOST_TEST(client.read_answer().status == 404);
  BOOST_TEST(client.closed());
}

BOOST_AUTO_TEST_CASE(requests_of_foreign_pages_are_refused) {
  start();
  auto rebound = connect();
  rebound.send("GET /hello HTTP/1.1\r\nHost: evil.example:7400\r\n\r\n");
  BOOST_TEST(rebound.read_answer().status == 403);
  auto page = connect();
  page.send("GET /hello HTTP/1.1\r\nHost: localhost\r\n"
            "Origin: http://evil.example\r\n\r\n");
  BOOST_TEST(page.read_answer().status == 403);
}

BOOST_AUTO_TEST_CASE(clients_that_reset_at_any_point_harm_nobody) {
  start();
  const std::string whole = "POST /echo HTTP/1.1\r\nHost: localhost\r\n"
                            "Content-Length: 5\r\n\r\nhello";
  for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
    auto client = connect();
    client.send(whole.substr(0, cut));
    client.reset_on_close();
  }
  BOOST_TEST(seen.wait_for(connection_event::closed,
                           static_cast<int>(whole.size()) + 1));
  BOOST_TEST(ask("GET", "/hello").status == 200);
}

BOOST_AUTO_TEST_CASE(an_answer_nobody_reads_is_given_up) {
  options.io_timeout = milliseconds{60};
  routes.add("GET", "/large", [](const auto&, const auto& out) {
    out.send({200, std::string(std::size_t{32} << 20, 'x'), "text/plain", {}});
  });
  start();
  auto client = connect();
  client.request("GET", "/large");
  BOOST_TEST(seen.wait_for(connection_event::timed_out, 1));
  BOOST_TEST(seen.wait_for(connection_event::closed, 1));
  BOOST_TEST(!seen.records(1).at(0).complete);
}

BOOST_AUTO_TEST_SUITE_END()
