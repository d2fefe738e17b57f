// Guards: a drawn run shows every actor and step once, arrows only where lanes meet, and no text of
// a run becomes markup. How: small runs by hand, and drawn ones whose page must be well-formed.
#include "sim/explore/swimlanes.hpp"

#include <doctest/doctest.h>

#include <map>
#include <set>

#include "core/base/utf8.hpp"
#include "sim/explore/html_page.hpp"
#include "sim/explore/property.hpp"

using namespace tutti;
using namespace tutti::explore;

namespace {

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t n = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string_view::npos; ++at) ++n;
  return n;
}

std::string arrows_text(const std::vector<SwimStep>& steps) {
  std::string out;
  for (const SwimArrow& a : arrows(steps))
    out += std::to_string(a.from) + ">" + std::to_string(a.to) + " " + a.objects + "\n";
  return out;
}

// The first tag that does not close what is open, "" when all do.
std::string badly_nested(std::string_view page) {
  static const std::set<std::string_view> kVoid = {"meta", "!doctype"};
  std::vector<std::string_view> open;
  while (true) {
    std::size_t at = page.find('<');
    if (at == std::string_view::npos)
      return open.empty() ? "" : "open: " + std::string(open.back());
    std::size_t end = page.find('>', at);
    if (end == std::string_view::npos) return "no >";
    std::string_view tag = page.substr(at + 1, end - at - 1);
    page.remove_prefix(end + 1);
    if (count(tag, "\"") % 2 != 0 || tag.find('<') != std::string_view::npos)
      return "attributes: " + std::string(tag);
    std::string_view name = tag.substr(0, tag.find_first_of(" \n/", 1));
    if (tag.starts_with("/")) {
      if (open.empty() || open.back() != tag.substr(1)) return "closes: " + std::string(tag);
      open.pop_back();
    } else if (!tag.ends_with("/") && !kVoid.contains(name)) {
      open.push_back(name);
    }
  }
}

SwimLanes lost_update() {
  return {"Two clerks",
          "RC-9",
          "one was lost",
          {{"anna", "read", {"total"}, {}, {}},
           {"ben", "read", {"total"}, {}, {"latency 2/5"}},
           {"anna", "write 1", {}, {"total"}, {}},
           {"ben", "write 1", {}, {"total"}, {}}}};
}

SwimLanes draw_run(Choose& choose) {
  SwimLanes run{draw_text(choose, 9), draw_text(choose, 9), draw_text(choose, 9), {}};
  const std::vector<std::string> names = {"a", "<b>", "c & \"d\"", "e'", "long name of an object"};
  auto some = [&] {
    std::vector<std::string> out;
    for (std::uint32_t n = choose.choose(3, "touches"); n > 0; --n)
      out.push_back(pick(choose, names));
    return out;
  };
  for (std::uint32_t left = choose.choose(30, "steps"); left > 0; --left) {
    SwimStep step{pick(choose, names, "actor"), draw_text(choose, 60), some(), some(), {}};
    if (choose.choose(4, "draws") == 3) step.draws.push_back(draw_bytes(choose, 8));
    run.steps.push_back(std::move(step));
  }
  return run;
}

}  // namespace

TEST_CASE("swim lanes: each actor is a heading once, each step a box once, in order") {
  std::string page = html(lost_update());
  CHECK(count(page, "<h2 ") == 2);
  CHECK(count(page, ">anna</h2>") == 1);
  CHECK(count(page, ">ben</h2>") == 1);
  CHECK(count(page, "role=\"listitem\"") == 4);
  std::size_t at = 0;
  for (const char* step : {"step 1, anna: read; reads total",
                           "step 2, ben: read; reads total; drew "
                           "latency 2/5",
                           "step 3, anna: write 1; writes total", "step 4, ben: write 1"}) {
    CHECK(count(page, step) == 1);
    CHECK(page.find(step) > at);
    at = page.find(step);
  }
  CHECK(count(page, ">drew latency 2/5</text>") == 1);
}

TEST_CASE("swim lanes: what broke stands in the heading and at the last step, which alone is red") {
  std::string page = html(lost_update());
  CHECK(count(page, "<b>Broken:</b> one was lost") == 1);
  CHECK(count(page, "class=\"says\"") == 1);
  CHECK(count(page, "class=\"step bad\"") == 1);
  CHECK(page.find("class=\"step bad\"") < page.find("step 4, "));
  CHECK(page.find("class=\"step bad\"") > page.find("step 3, "));
  SwimLanes clean = lost_update();
  clean.failure.clear();
  page = html(clean);
  CHECK(count(page, "Broken") + count(page, "step bad") + count(page, "class=\"says\"") == 0);
}

TEST_CASE("arrows: from a write to the next step of another lane that touches it, once") {
  CHECK(arrows_text(lost_update().steps) == "2>3 total\n");
  using Names = std::vector<std::string>;
  auto step = [](const char* actor, Names reads, Names writes) {
    return SwimStep{actor, "does", std::move(reads), std::move(writes), {}};
  };
  // Only reads; only one lane.
  CHECK(arrows_text({step("a", {"x"}, {}), step("b", {"x"}, {})}) == "");
  CHECK(arrows_text({step("a", {}, {"x"}), step("a", {"x"}, {"x"})}) == "");
  // A later write of the same lane takes the place of the first; a read of it does not.
  CHECK(arrows_text({step("a", {}, {"x"}), step("a", {}, {"x"}), step("b", {"x"}, {})}) ==
        "1>2 x\n");
  CHECK(arrows_text({step("a", {}, {"x"}), step("a", {"x"}, {}), step("b", {"x"}, {})}) ==
        "0>2 x\n");
  // Both objects on one arrow; the second reader has none.
  CHECK(arrows_text({step("a", {}, {"x", "y"}), step("b", {"x"}, {"y"}), step("c", {"x"}, {})}) ==
        "0>1 x, y\n");
}

TEST_CASE("swim lanes: any run gives a well-formed page with its steps, and arrows between lanes") {
  CHECK_FOR_ALL(1, 1000, [](Choose& choose) {
    SwimLanes run = draw_run(choose);
    std::string page = html(run);
    std::string fault = badly_nested(page);
    FAIL_UNLESS(fault.empty(), fault);
    FAIL_UNLESS(utf8_valid(page));
    std::set<std::string> actors;
    for (const SwimStep& step : run.steps) actors.insert(step.actor);
    FAIL_UNLESS(count(page, "<h2 ") == actors.size());
    FAIL_UNLESS(count(page, "<rect ") == run.steps.size());
    for (const SwimStep& step : run.steps)
      FAIL_UNLESS(page.find(": " + escaped(step.operation)) != std::string::npos, step.operation);
    auto drawn = arrows(run.steps);
    FAIL_UNLESS(count(page, "class=\"arrow\"") == drawn.size());
    for (const SwimArrow& a : drawn) {
      FAIL_UNLESS(a.from < a.to);
      FAIL_UNLESS(run.steps[a.from].actor != run.steps[a.to].actor);
    }
    return kHolds;
  });
}

TEST_CASE("swim lanes: the comparison notices markup that came from a text") {
  CHECK(badly_nested("<p><b>x</b></p>") == "");
  CHECK(badly_nested("<p><b>x</p>") == "closes: /p");
  CHECK(badly_nested("<p title=\"a\"b\">x</p>") != "");
  CHECK(badly_nested("<p>a<b</p>") != "");
}

TEST_CASE("swim lanes: a run without steps is a clear page") {
  std::string page = html({"Nothing", "", "broken from the start", {}});
  CHECK(badly_nested(page) == "");
  CHECK(count(page, "No steps") == 1);
  CHECK(count(page, "broken from the start") == 1);
  CHECK(count(page, "<svg") == 0);
}

TEST_CASE("escaped: markup, quotes, control characters and broken UTF-8 are shown, not obeyed") {
  CHECK(escaped("<a href='x'>\"&") == "&lt;a href=&#39;x&#39;&gt;&quot;&amp;");
  CHECK(escaped(std::string_view("a\0\n\x7f", 4)) == "a\u2400\u240a\u2421");
  CHECK(escaped("\xffz\xc3") == "\ufffdz\ufffd");
}

TEST_CASE("wrapped: no line is longer than it may be, and nothing but spaces is lost") {
  CHECK(wrapped("", 5) == std::vector<std::string>{""});
  CHECK(wrapped("one two three", 7) == std::vector<std::string>{"one two", "three"});
  CHECK(wrapped("abcdefgh", 3) == std::vector<std::string>{"abc", "def", "gh"});
  CHECK_FOR_ALL(2, 2000, [](Choose& choose) {
    std::string text = draw_text(choose, 60);
    std::size_t most = 1 + choose.choose(20, "most");
    std::string kept;
    for (const std::string& line : wrapped(text, most)) {
      FAIL_UNLESS(utf8_valid(line));
      FAIL_UNLESS(utf8_length(line) <= most, line);
      kept += line;
    }
    std::erase(kept, ' ');
    // Control characters are shown by a picture, so they are compared in their shown form.
    std::string all;
    for (const std::string& line : wrapped(text, 1000)) all += line;
    std::erase(all, ' ');
    FAIL_UNLESS(kept == all);
    return kHolds;
  });
}

TEST_CASE("gallery: a row and a link for each run, escaped, and a clear page for none") {
  std::string page = gallery({{"RC-9", "Two <dials>", "wrong variant", 12, "rc9.html?a=1&b"},
                              {"N1", "Two runs", "shipped", 1, "n1.html"}});
  CHECK(badly_nested(page) == "");
  CHECK(count(page, "<tr>") == 3);
  CHECK(count(page, "<a href=\"rc9.html?a=1&amp;b\">Two &lt;dials&gt;</a>") == 1);
  CHECK(count(page, "<td class=\"count\">12</td>") == 1);
  CHECK(count(gallery({}), "<table") == 0);
  CHECK(count(gallery({}), "0 runs") == 1);
}
