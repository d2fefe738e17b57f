#include "sim/explore/swimlanes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "sim/explore/html_page.hpp"

namespace tutti::explore {

namespace {

// CSS pixels, on a grid of 4.
constexpr int kNumbers = 40;  // the column of step numbers
constexpr int kGap = 24;      // between boxes, before the tracks of arrows are added
constexpr int kTrack = 8;     // between two arrows that run side by side
constexpr int kPad = 10;      // in a box
constexpr int kOpLine = 18, kTouchLine = 16, kDrawLine = 16;
constexpr int kBetween = 16;  // rows
constexpr int kCorner = 6;
// A box and the characters that fit into it at 13 px bold and at 11.5 px, for a wide face. With
// many lanes boxes are narrower: to see them side by side is worth more than long lines.
struct Measure {
  int box;
  std::size_t operation, touches;
};
constexpr Measure kWide{208, 22, 26}, kNarrow{160, 16, 19};
constexpr std::size_t kWideLanes = 5;

struct Row {
  std::size_t lane = 0;
  std::vector<std::string> operation, touches, draws;  // lines
  int top = 0, box = 0;                                // box: its height
  int whole() const { return box + static_cast<int>(draws.size()) * kDrawLine; }
  int leaves() const { return top + box - 10; }  // where arrows leave the box
  int enters() const { return top + 10; }
};

struct Route {
  SwimArrow arrow;
  std::size_t gap = 0;  // it runs down in the gap right of this lane, beside its target
  std::size_t track = 0;
};

struct Picture {
  Measure measure = kWide;
  std::vector<std::string> actors;
  std::vector<Row> rows;
  std::vector<Route> routes;
  std::vector<int> left;  // of each lane's boxes
  int width = 0, height = 0;
};

std::string joined(const std::vector<std::string>& names) {
  return fmt::format("{}", fmt::join(names, ", "));
}

Row row_of(const SwimStep& step, std::size_t lane, const Measure& measure) {
  Row row{.lane = lane, .operation = wrapped(step.operation, measure.operation)};
  auto touch = [&](std::string_view verb, const std::vector<std::string>& names) {
    if (names.empty()) return;
    auto lines = wrapped(fmt::format("{} {}", verb, joined(names)), measure.touches);
    std::move(lines.begin(), lines.end(), std::back_inserter(row.touches));
  };
  touch("reads", step.reads);
  touch("writes", step.writes);
  for (const std::string& draw : step.draws) {
    auto lines = wrapped("drew " + draw, measure.touches);
    std::move(lines.begin(), lines.end(), std::back_inserter(row.draws));
  }
  row.box = 2 * kPad - 4 + static_cast<int>(row.operation.size()) * kOpLine +
            static_cast<int>(row.touches.size()) * kTouchLine;
  return row;
}

void place_rows(Picture& picture, const SwimLanes& lanes) {
  std::vector<std::size_t> lane;
  for (const SwimStep& step : lanes.steps) {
    auto found = std::find(picture.actors.begin(), picture.actors.end(), step.actor);
    lane.push_back(static_cast<std::size_t>(found - picture.actors.begin()));
    if (found == picture.actors.end()) picture.actors.push_back(step.actor);
  }
  if (picture.actors.size() > kWideLanes) picture.measure = kNarrow;
  int top = kBetween;
  for (std::size_t i = 0; i < lanes.steps.size(); ++i) {
    picture.rows.push_back(row_of(lanes.steps[i], lane[i], picture.measure));
    picture.rows.back().top = top;
    top += picture.rows.back().whole() + kBetween;
  }
  picture.height = top;
}

// An arrow leaves its box sideways, where its row holds no other box, runs down in the gap beside
// its target, and enters that. In each gap, arrows that overlap in height get tracks of their own.
void place_arrows(Picture& picture, const SwimLanes& lanes) {
  std::map<std::size_t, std::vector<int>> ends;  // gap -> for each track, where its last one ends
  for (SwimArrow& arrow : arrows(lanes.steps)) {
    const Row& from = picture.rows[arrow.from];
    const Row& to = picture.rows[arrow.to];
    Route route{std::move(arrow), from.lane < to.lane ? to.lane - 1 : to.lane};
    auto& tracks = ends[route.gap];
    while (route.track < tracks.size() && tracks[route.track] >= from.leaves()) ++route.track;
    if (route.track == tracks.size()) tracks.push_back(0);
    tracks[route.track] = to.enters();
    picture.routes.push_back(std::move(route));
  }
  int x = kNumbers + 12;
  for (std::size_t lane = 0; lane < picture.actors.size(); ++lane) {
    picture.left.push_back(x);
    x += picture.measure.box + kGap + static_cast<int>(ends[lane].size()) * kTrack;
  }
  picture.width = x;
}

std::string svg_text(std::string_view kind, int x, int y, std::string_view text) {
  return fmt::format("<text class=\"{}\" x=\"{}\" y=\"{}\">{}</text>\n", kind, x, y, escaped(text));
}

std::string path_of(const Picture& picture, const Route& route) {
  const Row& from = picture.rows[route.arrow.from];
  const Row& to = picture.rows[route.arrow.to];
  int way = from.lane < to.lane ? 1 : -1;  // to the right or to the left
  int start = picture.left[from.lane] + (way > 0 ? picture.measure.box : 0);
  int end = picture.left[to.lane] + (way > 0 ? 0 : picture.measure.box);
  int down = picture.left[route.gap] + picture.measure.box + kGap / 2 +
             static_cast<int>(route.track) * kTrack;
  int y = from.leaves(), target = to.enters();
  int bend = std::min(kCorner, (target - y) / 2);
  return fmt::format(
      "<g><title>{} from step {} to step {}</title>"
      "<path class=\"arrow\" d=\"M{} {}H{}q{} 0 {} {}V{}q0 {} {} {}H{}\"/>"
      "<path class=\"tip\" d=\"M{} {}l{} -4v8z\"/></g>\n",
      escaped(route.arrow.objects), route.arrow.from + 1, route.arrow.to + 1, start, y,
      down - way * bend, way * bend, way * bend, bend, target - bend, bend, way * bend, bend,
      end - way * 6, end, target, -way * 7);
}

std::string spoken(const SwimStep& step, std::size_t number) {
  std::string out = fmt::format("step {}, {}: {}", number, step.actor, step.operation);
  if (!step.reads.empty()) out += "; reads " + joined(step.reads);
  if (!step.writes.empty()) out += "; writes " + joined(step.writes);
  if (!step.draws.empty()) out += "; drew " + joined(step.draws);
  return out;
}

std::string box_of(const Picture& picture, const SwimLanes& lanes, std::size_t i) {
  const Row& row = picture.rows[i];
  bool bad = i + 1 == picture.rows.size() && !lanes.failure.empty();
  int x = picture.left[row.lane], y = row.top + kPad + 10;
  std::string out = fmt::format(
      "<g class=\"{}\" role=\"listitem\" aria-label=\"{}\">"
      "<rect class=\"box\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"5\"/>\n",
      bad ? "step bad" : "step", escaped(spoken(lanes.steps[i], i + 1)), x, row.top,
      picture.measure.box, row.box);
  out += svg_text("at", kNumbers - 8, y, std::to_string(i + 1));
  for (const std::string& line : row.operation)
    out += svg_text("op", x + kPad, std::exchange(y, y + kOpLine), line);
  for (const std::string& line : row.touches)
    out += svg_text("touch", x + kPad, std::exchange(y, y + kTouchLine), line);
  y = row.top + row.box + 14;
  for (const std::string& line : row.draws)
    out += svg_text("draw", x + kPad, std::exchange(y, y + kDrawLine), line);
  return out + "</g>\n";
}

// What broke, below the last box and as wide as there is room.
std::string verdict(Picture& picture, const SwimLanes& lanes) {
  std::string out;
  if (lanes.failure.empty()) return out;
  int x = picture.left[picture.rows.back().lane];
  int room = std::max(picture.width - x, 2 * picture.measure.box);
  for (const std::string& line : wrapped(lanes.failure, static_cast<std::size_t>(room / 8))) {
    out += svg_text("says", x, picture.height + 4, line);
    picture.height += 20;
  }
  picture.width = std::max(picture.width, x + room);
  picture.height += kBetween;
  return out;
}

std::string drawing(const SwimLanes& lanes) {
  Picture picture;
  place_rows(picture, lanes);
  place_arrows(picture, lanes);
  int life = picture.height;
  std::string says = verdict(picture, lanes);
  std::string heads, lines, boxes, routes;
  for (std::size_t lane = 0; lane < picture.actors.size(); ++lane) {
    std::string name = escaped(picture.actors[lane]);
    heads += fmt::format("<h2 style=\"left:{}px;width:{}px\" title=\"{}\">{}</h2>\n",
                         picture.left[lane], picture.measure.box, name, name);
    int x = picture.left[lane] + picture.measure.box / 2;
    lines += fmt::format("<path class=\"life\" d=\"M{} 0V{}\"/>\n", x, life - kBetween);
  }
  for (std::size_t i = 0; i < picture.rows.size(); ++i) boxes += box_of(picture, lanes, i);
  for (const Route& route : picture.routes) routes += path_of(picture, route);
  return fmt::format(
      "<main style=\"position:relative;width:{0}px\">\n<div class=\"heads\">\n{2}</div>\n"
      "<svg width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" role=\"list\" "
      "aria-label=\"{3}\">\n<title>{3}</title>\n{4}<g aria-hidden=\"true\">\n{5}</g>\n{6}{7}"
      "</svg>\n</main>\n",
      picture.width, picture.height, heads, escaped(lanes.title), lines, routes, boxes, says);
}

}  // namespace

std::vector<SwimArrow> arrows(const std::vector<SwimStep>& steps) {
  std::map<std::string, std::size_t> wrote;  // object -> its last write, until that has an arrow
  std::map<std::pair<std::size_t, std::size_t>, std::vector<std::string>> found;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    auto meet = [&](const std::string& object) {
      auto write = wrote.find(object);
      if (write == wrote.end() || steps[write->second].actor == steps[i].actor) return;
      found[{write->second, i}].push_back(object);
      wrote.erase(write);
    };
    for (const std::string& object : steps[i].reads) meet(object);
    for (const std::string& object : steps[i].writes) meet(object);
    for (const std::string& object : steps[i].writes) wrote[object] = i;
  }
  std::vector<SwimArrow> out;
  for (const auto& [ends, objects] : found)
    out.push_back({ends.first, ends.second, joined(objects)});
  return out;
}

std::string html(const SwimLanes& lanes) {
  std::string body = fmt::format("<header><h1>{}</h1>\n", escaped(lanes.title));
  if (!lanes.subtitle.empty()) body += fmt::format("<p>{}</p>\n", escaped(lanes.subtitle));
  if (!lanes.failure.empty())
    body += fmt::format("<p class=\"failure\"><b>Broken:</b> {}</p>\n", escaped(lanes.failure));
  if (lanes.steps.empty()) {
    body +=
        "</header>\n<main class=\"none\"><p>No steps: the run ended before its first.</p></main>\n";
  } else {
    body +=
        "<p class=\"key\">Time runs downwards, one box a step. An arrow leads from a write to the "
        "next step of somebody else that touches the same object.</p></header>\n" +
        drawing(lanes);
  }
  return html_page(lanes.title, body);
}

}  // namespace tutti::explore
