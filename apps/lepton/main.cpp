#include <shell/core/errors.hpp>
#include <shell/core/fd_stream.hpp>
#include <shell/core/interrupt.hpp>
#include <shell/core/shell.hpp>

#include <clocale>
#include <iostream>
#include <unistd.h>

int main(int argc, char** argv) {
  using namespace lepton_shell;
  std::setlocale(LC_CTYPE, ""); // libedit edits wide characters
  catch_interrupts();
  fd_buffer out_buffer(STDOUT_FILENO);
  std::ostream out(&out_buffer);
  out.exceptions(std::ios::badbit);
  try {
    return run_program({argv + 1, argv + argc}, out, std::cerr);
  } catch (const output_closed&) {
    return done;
  } catch (const std::exception& e) {
    std::cerr << "lepton: " << e.what() << std::endl;
    return refused_by_system;
  }
}
