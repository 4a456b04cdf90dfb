%% The work of bench_supervision (bench/supervision/*.cpp) by Erlang/OTP:
%%   erl -noshell +S 2 -s supervision main GROUP full|quick
%% prints a line a measurement, `FIGURE otp VALUE`.
-module(supervision).
-behaviour(gen_server).
-export([main/1, start_link/2, start_sup/1, start_one/0]).
-export([init/1, handle_call/3, handle_cast/2]).

main([Group, Amount]) ->
    logger:set_primary_config(level, none),
    process_flag(trap_exit, true),
    measure(Group, amounts(Amount)),
    halt(0).

amounts(full) ->
    #{latencies => 100000, crashes => 2000, serial => 10000, burst => 10000,
      rounds_1k => 20, rounds_10k => 5, children => 100000};
amounts(quick) ->
    #{latencies => 2000, crashes => 100, serial => 500, burst => 500,
      rounds_1k => 2, rounds_10k => 1, children => 5000}.

measure(requests, #{latencies := N}) ->
    {ok, Pid} = start_link(none, 0),
    _ = calls(N div 10, Pid, []),
    latency("request", calls(N, Pid, []));
measure(crashes, #{crashes := N, burst := Many}) ->
    one(N, crash, "crash_to_answer"),
    one(N, kill, "kill_to_answer"),
    Sup = start(one_for_one, Many),
    First = hd(lists:nthtail(Many div 2, ups(Many))),
    {Times, Last} = crash_and_call(N div 2, First, crash, []),
    latency("crash_among_10k", Times),
    {Kills, _} = crash_and_call(N div 2, Last, kill, []),
    latency("kill_among_10k", Kills),
    stop(Sup);
measure(restarts, #{serial := N, burst := Many, rounds_1k := R1,
                    rounds_10k := R10}) ->
    One = start(one_for_one, 1),
    [Pid] = ups(1),
    print("restarts_serial", N / seconds(fun() -> serial(N, Pid) end)),
    stop(One),
    All = start(one_for_one, Many),
    Pids = ups(Many),
    Burst = fun() -> [fail(P, crash) || P <- Pids], ups(Many) end,
    print("restarts_burst_10k", Many / seconds(Burst)),
    stop(All),
    one_for_all("one_for_all_1k", min(1000, Many), R1),
    one_for_all("one_for_all_10k", Many, R10);
measure(trees, #{children := N}) ->
    start_and_stop("100k", fun() -> start_silent(N) end),
    Groups = [#{id => G, type => supervisor, start =>
                    {?MODULE, start_sup, [{one_for_one, silent(N div 100)}]}}
              || G <- lists:seq(1, 100)],
    start_and_stop("100x1000", fun() -> start_children(one_for_one, Groups) end);
measure(dynamic, #{children := N}) ->
    Sup = start_dynamic(),
    print("start_child", N / seconds(fun() -> start_many(N, Sup) end)),
    print("stop_dynamic_100k", 1000 * seconds(fun() -> stop(Sup) end));
measure(memory, #{children := N}) ->
    stop(start_silent(1)),
    memory("memory_per_child", N, fun() -> start_silent(N) end);
measure(memory_dynamic, #{children := N}) ->
    memory("memory_per_dynamic_child", N, fun() ->
        Sup = start_dynamic(), start_many(N, Sup), Sup end).

%% -- crashes ------------------------------------------------------------------

one(N, How, Figure) ->
    Sup = start(one_for_one, 1),
    [Pid] = ups(1),
    {_, Next} = crash_and_call(N div 10 + 1, Pid, How, []),
    stop(Sup),
    %% A fresh one: OTP walks its list of restarts.
    latency(Figure, series(N, How, [], Next)).

series(N, _, Times, _) when N =< 0 -> Times;
series(N, How, Times, _) ->
    Sup = start(one_for_one, 1),
    [Pid] = ups(1),
    {More, Last} = crash_and_call(50, Pid, How, []),
    stop(Sup),
    series(N - 50, How, More ++ Times, Last).

crash_and_call(0, Pid, _, Times) -> {Times, Pid};
crash_and_call(N, Pid, How, Times) ->
    T0 = now_ns(),
    fail(Pid, How),
    [Next] = ups(1),
    42 = gen_server:call(Next, 42),
    crash_and_call(N - 1, Next, How, [now_ns() - T0 | Times]).

fail(Pid, crash) -> gen_server:cast(Pid, boom);
fail(Pid, kill) -> exit(Pid, kill).

serial(0, _) -> ok;
serial(N, Pid) ->
    fail(Pid, crash),
    [Next] = ups(1),
    serial(N - 1, Next).

one_for_all(Figure, Children, Rounds) ->
    Sup = start(one_for_all, Children),
    Pids = ups(Children),
    Times = rounds(Rounds, Children, Pids, []),
    stop(Sup),
    print(Figure, quantile(Times, 0.5) / 1.0e6).

rounds(0, _, _, Times) -> Times;
rounds(N, Children, Pids, Times) ->
    T0 = now_ns(),
    fail(hd(lists:nthtail(Children div 2, Pids)), crash),
    Next = ups(Children),
    rounds(N - 1, Children, Next, [now_ns() - T0 | Times]).

%% -- trees --------------------------------------------------------------------

start_and_stop(What, Start) ->
    T0 = now_ns(),
    Sup = Start(),
    print("start_" ++ What, (now_ns() - T0) / 1.0e6),
    print("stop_" ++ What, 1000 * seconds(fun() -> stop(Sup) end)).

start_many(0, _) -> ok;
start_many(N, Sup) ->
    {ok, _} = supervisor:start_child(Sup, []),
    start_many(N - 1, Sup).

memory(Figure, N, Start) ->
    Before = resident(),
    Sup = Start(),
    print(Figure, (resident() - Before) / N),
    stop(Sup).

resident() ->
    {ok, Text} = file:read_file("/proc/self/statm"),
    [_, Pages | _] = binary:split(Text, <<" ">>, [global]),
    binary_to_integer(Pages) * 4096.

%% -- supervisors and servers --------------------------------------------------

start(How, N) ->
    Self = self(),
    start_children(How, [#{id => I, start => {?MODULE, start_link, [Self, I]}}
                         || I <- lists:seq(0, N - 1)]).

silent(N) ->
    [#{id => I, start => {?MODULE, start_link, [none, I]}}
     || I <- lists:seq(0, N - 1)].

start_silent(N) -> start_children(one_for_one, silent(N)).

start_children(How, Children) ->
    {ok, Sup} = start_sup({How, Children}),
    Sup.

start_sup({How, Children}) ->
    supervisor:start_link(?MODULE, {sup, How, Children}).

start_dynamic() ->
    start_children(simple_one_for_one,
                   [#{id => c, start => {?MODULE, start_one, []}}]).

stop(Sup) ->
    exit(Sup, shutdown),
    receive {'EXIT', Sup, _} -> ok end.

start_link(Tester, Index) ->
    gen_server:start_link(?MODULE, {child, Tester, Index}, []).

start_one() -> start_link(none, 0).

init({sup, How, Children}) ->
    {ok, {#{strategy => How, intensity => 1000000, period => 3600}, Children}};
init({child, none, _}) -> {ok, 0};
init({child, Tester, Index}) -> Tester ! {up, Index, self()}, {ok, 0}.

handle_call(X, _, State) -> {reply, X, State}.

handle_cast(boom, _) -> error(boom).

%% -- measuring ----------------------------------------------------------------

calls(0, _, Times) -> Times;
calls(N, Pid, Times) ->
    T0 = now_ns(),
    N = gen_server:call(Pid, N),
    calls(N - 1, Pid, [now_ns() - T0 | Times]).

%% The next N children that say they are up.
ups(0) -> [];
ups(N) -> receive {up, _, Pid} -> [Pid | ups(N - 1)] end.

now_ns() -> erlang:monotonic_time(nanosecond).

seconds(F) ->
    T0 = now_ns(),
    F(),
    (now_ns() - T0) / 1.0e9.

quantile(Times, Q) ->
    lists:nth(1 + trunc(Q * (length(Times) - 1)), lists:sort(Times)).

latency(Figure, Times) ->
    print(Figure, quantile(Times, 0.5) / 1.0e3),
    print(Figure ++ "_p99", quantile(Times, 0.99) / 1.0e3).

print(Figure, Value) -> io:format("~s otp ~.4f~n", [Figure, Value * 1.0]).
