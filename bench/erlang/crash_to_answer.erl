%% The same work as bench/supervision_bench.cpp does: a supervised server
%% crashes, its successor tells the tester that it is up, the tester calls it.
%% Prints the nanoseconds from crash to answer, one number a line.
-module(crash_to_answer).
-behaviour(gen_server).
-export([main/1, start_link/1, init/1, handle_call/3, handle_cast/2]).

main([Rounds, PerRound]) ->
    logger:set_primary_config(level, none),
    process_flag(trap_exit, true),
    N = list_to_integer(atom_to_list(PerRound)),
    [[io:format("~b~n", [T]) || T <- series(N)]
     || _ <- lists:seq(1, list_to_integer(atom_to_list(Rounds)))],
    halt(0).

%% A fresh supervisor each round: OTP walks its list of restarts.
series(N) ->
    Flags = #{strategy => one_for_one, intensity => N + 1, period => 3600},
    Child = #{id => c, start => {?MODULE, start_link, [self()]}},
    {ok, Sup} = supervisor:start_link(?MODULE, {sup, Flags, [Child]}),
    First = up(),
    Times = crashes(N, First, []),
    exit(Sup, shutdown),
    receive {'EXIT', Sup, _} -> ok end,
    Times.

crashes(0, _, Times) -> Times;
crashes(N, Pid, Times) ->
    T0 = erlang:monotonic_time(nanosecond),
    gen_server:cast(Pid, boom),
    Next = up(),
    42 = gen_server:call(Next, {add, 42}),
    crashes(N - 1, Next, [erlang:monotonic_time(nanosecond) - T0 | Times]).

up() -> receive {up, Pid} -> Pid end.

start_link(Tester) -> gen_server:start_link(?MODULE, {child, Tester}, []).

init({sup, Flags, Children}) -> {ok, {Flags, Children}};
init({child, Tester}) -> Tester ! {up, self()}, {ok, 0}.

handle_call({add, X}, _, Total) -> {reply, Total + X, Total + X}.

handle_cast(boom, _) -> error(boom).
