#include "core/api/play.hpp"
#include "core/api/server.hpp"

namespace tutti::api {
namespace {

struct GetStream {
  TrackId track;
  play::StreamCodec format = play::StreamCodec::opus;
  play::StreamType type = play::StreamType::normal;
  std::int64_t kbps = 0;
  double t = 0;
  template <class V>
  void fields(V& v) {
    v.field("track", track, {.text = "the track"});
    v.optional("format", format, {.text = "original (the file as it is), opus, mp3, flac or wav"});
    v.optional("type", type, {.text = "normal; enhanced comes with mastering"});
    v.optional("kbps", kbps, {.text = "of opus and mp3; 0: what is usual", .min = 0, .max = 320});
    v.optional("t", t, {.text = "from this second on", .min = 0, .max = 360'000});
  }
};

Outcome<Nothing> open(Context& context, const GetStream& request) {
  if (request.type == play::StreamType::enhanced)
    return Error{Code::unsupported, "this server cannot master yet", "ask for type=normal"};
  bool whole = request.format == play::StreamCodec::original;
  if (whole && request.t > 0)
    return Error{Code::bad_request, "args.t: a file as it is has byte ranges instead",
                 "send a Range header, or ask for another format"};
  play::StreamWish wish{context.caller.account,
                        request.track,
                        request.type,
                        request.format,
                        static_cast<int>(request.kbps),
                        Duration{static_cast<std::int64_t>(request.t * 1e6)}};
  if (auto opened = context.services->open_stream(context, wish); !opened) return opened.error();
  return Pending{};
}

}  // namespace

void add_stream_operations(OperationTable& table) {
  Spec spec{.name = "tracks.stream",
            .summary = "The audio of a track, for any player: as it is, or in another format.",
            .path = "/api/tracks/{track}/stream",
            .permission = Permission::play};
  spec.media = "audio/*";
  table.add(operation<GetStream, Nothing>(std::move(spec), &open));
}

}  // namespace tutti::api
