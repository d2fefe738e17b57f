// Guards: the example of README.md beside compiles and does what it says. How: it stands here word
// for word, and a test of the tools compares the two.
#include <doctest/doctest.h>

// [example]
#include "sim/explore/actors.hpp"
#include "sim/explore/explore.hpp"

using namespace tutti::explore;

struct Transfer : Actors<Transfer> {  // two transfers of 60 from an account that holds 100
  Cell<int> balance{"balance", 100};  // what actors share is a Cell
  Transfer() {
    static constexpr Step kPay[] = {
        // between two steps anybody else may run
        {"checks",
         [](Transfer& m) {
           if (m.balance < 60) m.finish();
         }},
        {"pays", [](Transfer& m) { m.balance -= 60; }},
    };
    actor("anna", kPay);
    actor("ben", kPay);
  }
  std::string_view over() const override { return balance < 0 ? "overdrawn" : ""; }
  void state(tutti::StateWriter& out) const { put(out, balance); }
};

Trace find_overdraft() {
  Scenario transfer = scenario<Transfer>("transfer", {});
  Report report = stateless(transfer);       // every class of interleavings
  return shrink(transfer, *report.failure);  // a short one that fails, as text: .text()
}
// [example]

TEST_CASE("explore: the README's example finds its overdraft in four steps") {
  Trace trace = find_overdraft();
  CHECK(trace.broken == "overdrawn");
  CHECK(trace.steps.size() == 4);
  CHECK(trace.text().find("| anna | checks | balance\n") != std::string::npos);
}
