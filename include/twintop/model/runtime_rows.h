/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The runtimes that are known, what shows them, and what their threads are for.
 * Included wherever something is made of each row, so it has no guard; define the ones that are
 * wanted before, they are undefined behind it.
 *   RUNTIME(KIND, id, title, embeds) one of them: its name in JSON and for people; whether a
 *                              program that is not called by a sign of it has it inside. The first
 *                              one found is the program's; thread libraries come behind languages
 *   SIGN(KIND, BY, pattern)    what shows it, see enum runtime_sign
 *   BEHIND(KIND, behind)      its version stands behind that in the path of what showed it
 *   MAPS(KIND, how)           what has it write names of the code that it makes at run time, to
 *                              /tmp/perf-PID.map
 *   HIDES(KIND, what, told_by) what neither the kernel nor twintop can see of it, and what tells
 *                              it: a command with PID in it, or how the program is started
 *   ROLE(KIND, BY, pattern, id, title, meaning) a thread whose name or function fits
 *                              (enum role_match); the first row that fits counts
 */
#ifndef RUNTIME
#define RUNTIME(...)
#endif
#ifndef SIGN
#define SIGN(...)
#endif
#ifndef BEHIND
#define BEHIND(...)
#endif
#ifndef MAPS
#define MAPS(...)
#endif
#ifndef HIDES
#define HIDES(...)
#endif
#ifndef ROLE
#define ROLE(...)
#endif

RUNTIME(JAVA, "java", "Java", true)
MAPS(JAVA, "jcmd PID Compiler.perfmap (JDK 17)")
SIGN(JAVA, EXE, "java")
SIGN(JAVA, LIBRARY, "libjvm.so")
BEHIND(JAVA, "/java-")
BEHIND(JAVA, "/jdk-")
BEHIND(JAVA, "/jdk")
HIDES(JAVA, "which thread has a monitor (synchronized) or a java.util.concurrent lock",
	"jcmd PID Thread.print")
ROLE(JAVA, MAIN, "", "main", "launcher",
	"The process's first thread: it made the VM and waits for the one that runs Java's main().")
ROLE(JAVA, NAME, "GC Thread#", "gc", "GC", GC_MEANING)
ROLE(JAVA, NAME, "GC task thread", "gc", "GC", GC_MEANING)
ROLE(JAVA, NAME, "ParGC Thread", "gc", "GC", GC_MEANING)
ROLE(JAVA, NAME, "G1 ", "gc_concurrent", "GC, beside", GC_BESIDE_MEANING)
ROLE(JAVA, NAME, "CMS ", "gc_concurrent", "GC, beside", GC_BESIDE_MEANING)
ROLE(JAVA, NAME, "ZWorker", "gc", "GC", GC_MEANING)
ROLE(JAVA, NAME, "ZDriver", "gc_concurrent", "GC, beside", GC_BESIDE_MEANING)
ROLE(JAVA, NAME, "ZDirector", "gc_concurrent", "GC, beside", GC_BESIDE_MEANING)
ROLE(JAVA, NAME, "XWorker", "gc", "GC", GC_MEANING)
ROLE(JAVA, NAME, "Shenandoah", "gc_concurrent", "GC, beside", GC_BESIDE_MEANING)
ROLE(JAVA, NAME, "C1 Compiler", "compiler", "C1 compiler",
	"It turns methods that run often into machine code, quickly and plainly.")
ROLE(JAVA, NAME, "C2 Compiler", "compiler", "C2 compiler",
	"It makes better machine code of the methods that run most.")
ROLE(JAVA, NAME, "JVMCI", "compiler", "compiler", "It turns methods into machine code.")
ROLE(JAVA, NAME, "Sweeper thread", "compiler", "code sweeper",
	"It takes back machine code that is not needed any more.")
ROLE(JAVA, NAME, "Finalizer", "finaliser", "finaliser",
	"It calls finalize() of objects that were found unreachable.")
ROLE(JAVA, NAME, "Reference Handl", "finaliser", "references",
	"It hands on references whose objects were collected: to queues, to cleaners.")
ROLE(JAVA, NAME, "Common-Cleaner", "finaliser", "cleaner",
	"It frees what unreachable objects held outside of the heap.")
ROLE(JAVA, NAME, "Signal Dispatch", "signals", "signal handler",
	"It runs what Java code registered for signals.")
ROLE(JAVA, NAME, "VM Thread", "vm", "VM operations",
	"It does what needs all others to stand still: at safepoints.")
ROLE(JAVA, NAME, "VM Periodic Tas", "timer", "VM clock", "It does the VM's recurring work.")
ROLE(JAVA, NAME, "Service Thread", "service", "VM service",
	"It tells others of memory limits and of code that was loaded.")
ROLE(JAVA, NAME, "Monitor Deflati", "service", "monitors",
	"It takes back locks that nobody contends for.")
ROLE(JAVA, NAME, "Notification Th", "service", "notifications", "It tells of memory and GC.")
ROLE(JAVA, NAME, "Attach Listener", "service", "attach listener",
	"It answers tools that attach to the VM.")
ROLE(JAVA, NAME, "ForkJoinPool", "pool", "fork-join pool",
	"A worker of a fork-join pool; virtual threads run on such ones, many on each.")
ROLE(JAVA, NAME, "pool-", "pool", "executor pool", "A worker of a thread pool of Java code.")
ROLE(JAVA, NAME_IS, "main", "main", "Java main", JAVA_MAIN_MEANING)
ROLE(JAVA, IS, "ThreadJavaMain", "main", "Java main", JAVA_MAIN_MEANING)
ROLE(JAVA, IN, "libjli.so", "main", "Java main", JAVA_MAIN_MEANING)
ROLE(JAVA, IN, "libjvm.so", "thread", "Java thread", JAVA_THREAD_MEANING)

RUNTIME(NODE, "node", "Node.js", true)
MAPS(NODE, "node --perf-basic-prof")
SIGN(NODE, EXE, "node")
SIGN(NODE, EXE, "nodejs")
SIGN(NODE, LIBRARY, "libnode.so")
SIGN(NODE, SYMBOL, "napi_create_function")
BEHIND(NODE, "/node-v")
BEHIND(NODE, "/node/v")
HIDES(NODE, "JavaScript functions, unless it was started by node --perf-basic-prof",
	"node --inspect at its start")
HIDES(NODE, "callbacks and promises that wait", "node --inspect at its start")
ROLE(NODE, NAME, "libuv-worker", "pool", "libuv pool", LIBUV_MEANING)
ROLE(NODE, NAME, "V8Worker", "gc", "V8 worker", V8_MEANING)
ROLE(NODE, NAME, "DelayedTaskSche", "timer", "V8 timer", V8_TIMER_MEANING)
ROLE(NODE, NAME, "SignalInspector", "signals", "inspector", INSPECTOR_MEANING)
ROLE(NODE, NAME, "WorkerThread", "worker", "JS worker", JS_WORKER_MEANING)
ROLE(NODE, HAS, "PlatformWorkerThread", "gc", "V8 worker", V8_MEANING)
ROLE(NODE, HAS, "DelayedTaskScheduler", "timer", "V8 timer", V8_TIMER_MEANING)
ROLE(NODE, HAS, "StartIoThreadMain", "signals", "inspector", INSPECTOR_MEANING)
ROLE(NODE, HAS, "node::worker::Worker", "worker", "JS worker", JS_WORKER_MEANING)
ROLE(NODE, HAS, "4node6worker6Worker", "worker", "JS worker", JS_WORKER_MEANING)
ROLE(NODE, IS, "worker", "pool", "libuv pool", LIBUV_MEANING)

RUNTIME(DOTNET, "dotnet", ".NET", false)
MAPS(DOTNET, "DOTNET_PerfMapEnabled=1")
SIGN(DOTNET, EXE, "dotnet")
SIGN(DOTNET, LIBRARY, "libcoreclr.so")
SIGN(DOTNET, SYMBOL, "DotNetRuntimeInfo")
BEHIND(DOTNET, "Microsoft.NETCore.App/")
HIDES(DOTNET, "managed functions, and who has a lock", "dotnet-stack report --process-id PID")
ROLE(DOTNET, NAME, ".NET Finalizer", "finaliser", "finaliser",
	"It runs finalisers of objects that were found unreachable.")
ROLE(DOTNET, NAME, ".NET SigHandler", "signals", "signal handler",
	"It runs what managed code registered for signals.")
ROLE(DOTNET, NAME, ".NET BGC", "gc_concurrent", "GC, beside", GC_BESIDE_MEANING)
ROLE(DOTNET, NAME, ".NET Server GC", "gc", "GC", GC_MEANING)
ROLE(DOTNET, NAME, ".NET Tiered", "compiler", "compiler",
	"It makes better machine code of the methods that run most.")
ROLE(DOTNET, NAME, ".NET TP Worker", "pool", "thread pool", "A worker of the thread pool: "
	"tasks run on it.")
ROLE(DOTNET, NAME, ".NET TP Gate", "pool", "pool gate",
	"It decides how many workers the thread pool has.")
ROLE(DOTNET, NAME, ".NET Synch", "service", "wait manager", "It wakes who waits by handles.")
ROLE(DOTNET, NAME, ".NET Event", "service", "event pipe", "It answers diagnostic tools.")
ROLE(DOTNET, NAME, ".NET Sockets", "pool", "socket events", "It waits for all sockets.")
ROLE(DOTNET, NAME, ".NET Timer", "timer", "timers", "It keeps the timers.")

RUNTIME(BEAM, "beam", "Erlang/BEAM", false)
MAPS(BEAM, "erl +JPperf true")
SIGN(BEAM, EXE, "beam.smp")
SIGN(BEAM, EXE, "beam")
SIGN(BEAM, SYMBOL, "enif_make_atom")
BEHIND(BEAM, "/erts-")
HIDES(BEAM, "Erlang processes and their mailboxes: no thread is theirs",
	"observer:start() or erlang:processes() in its shell")
ROLE(BEAM, NAME, "erts_sched", "scheduler", "scheduler", BEAM_SCHEDULER_MEANING)
ROLE(BEAM, NUMBERED, "_scheduler", "scheduler", "scheduler", BEAM_SCHEDULER_MEANING)
ROLE(BEAM, HAS, "sched_thread_func", "scheduler", "scheduler", BEAM_SCHEDULER_MEANING)
ROLE(BEAM, NAME, "erts_dcpus", "pool", "dirty CPU", BEAM_DIRTY_CPU_MEANING)
ROLE(BEAM, NUMBERED, "_dirty_cpu_sch", "pool", "dirty CPU", BEAM_DIRTY_CPU_MEANING)
ROLE(BEAM, NAME, "erts_dios", "pool", "dirty I/O", BEAM_DIRTY_IO_MEANING)
ROLE(BEAM, NUMBERED, "_dirty_io_sch", "pool", "dirty I/O", BEAM_DIRTY_IO_MEANING)
ROLE(BEAM, NAME, "erts_poll", "service", "poll", BEAM_POLL_MEANING)
ROLE(BEAM, NUMBERED, "_poller", "service", "poll", BEAM_POLL_MEANING)
ROLE(BEAM, NAME, "erts_aux", "service", "auxiliary", BEAM_AUX_MEANING)
ROLE(BEAM, NUMBERED, "_aux", "service", "auxiliary", BEAM_AUX_MEANING)
ROLE(BEAM, NAME, "erts_async", "pool", "async pool", BEAM_ASYNC_MEANING)
ROLE(BEAM, NAME, "async_", "pool", "async pool", BEAM_ASYNC_MEANING)
ROLE(BEAM, NAME, "sys_sig_dispatc", "signals", "signal handler", BEAM_SIGNALS_MEANING)
ROLE(BEAM, NAME, "erts_ssig_disp", "signals", "signal handler", BEAM_SIGNALS_MEANING)
ROLE(BEAM, NAME, "sys_msg_dispatc", "service", "messages", BEAM_MESSAGES_MEANING)
ROLE(BEAM, NAME, "erts_smsg_disp", "service", "messages", BEAM_MESSAGES_MEANING)

RUNTIME(PYTHON, "python", "Python", true)
MAPS(PYTHON, "python -X perf (3.12), of its own functions,")
SIGN(PYTHON, EXE, "python")
SIGN(PYTHON, EXE, "pypy")
SIGN(PYTHON, LIBRARY, "libpython")
SIGN(PYTHON, LIBRARY, "libpypy")
SIGN(PYTHON, SYMBOL, "Py_CompileString")
BEHIND(PYTHON, "libpython")
BEHIND(PYTHON, "python")
BEHIND(PYTHON, "libpypy")
BEHIND(PYTHON, "pypy")
HIDES(PYTHON, "Python functions, unless it was started by python3 -X perf (3.12 and later)",
	"py-spy dump --pid PID")
HIDES(PYTHON, "who has a threading.Lock: it is a semaphore without an owner",
	"faulthandler.dump_traceback() in the program")
HIDES(PYTHON, "coroutines that wait: no thread is theirs", "asyncio.all_tasks() in the program")
ROLE(PYTHON, IS, "pythread_wrapper", "thread", "Python thread", PYTHON_THREAD_MEANING)
ROLE(PYTHON, IS, "thread_run", "thread", "Python thread", PYTHON_THREAD_MEANING)
ROLE(PYTHON, IS, "blas_thread_server", "pool", "BLAS pool", BLAS_MEANING)
ROLE(PYTHON, IN, "libpython", "thread", "Python thread", PYTHON_THREAD_MEANING)
ROLE(PYTHON, IN, "python", "thread", "Python thread", PYTHON_THREAD_MEANING)

RUNTIME(RUBY, "ruby", "Ruby", true)
MAPS(RUBY, "ruby --yjit-perf (3.3)")
SIGN(RUBY, EXE, "ruby")
SIGN(RUBY, LIBRARY, "libruby")
SIGN(RUBY, SYMBOL, "ruby_run_node")
BEHIND(RUBY, "libruby.so.")
BEHIND(RUBY, "libruby-")
BEHIND(RUBY, "ruby")
HIDES(RUBY, "Ruby methods, fibers, and who has a Mutex", "rbspy dump --pid PID")
ROLE(RUBY, IS, "timer_thread_func", "timer", "timer", RUBY_TIMER_MEANING)
ROLE(RUBY, IS, "thread_timer", "timer", "timer", RUBY_TIMER_MEANING)
ROLE(RUBY, IS, "thread_start_func_1", "thread", "Ruby thread", RUBY_THREAD_MEANING)
ROLE(RUBY, IS, "nt_start", "thread", "Ruby thread", RUBY_THREAD_MEANING)
ROLE(RUBY, IN, "libruby", "thread", "Ruby thread", RUBY_LIBRARY_MEANING)
ROLE(RUBY, IN, "ruby", "thread", "Ruby thread", RUBY_LIBRARY_MEANING)

RUNTIME(PERL, "perl", "Perl", true)
SIGN(PERL, EXE, "perl")
SIGN(PERL, LIBRARY, "libperl.so")
SIGN(PERL, SYMBOL, "perl_parse")
BEHIND(PERL, "libperl.so.")
BEHIND(PERL, "perl")

RUNTIME(PHP, "php", "PHP", true)
SIGN(PHP, EXE, "php")
SIGN(PHP, EXE, "php-fpm")
SIGN(PHP, EXE, "php-cgi")
SIGN(PHP, LIBRARY, "libphp")
SIGN(PHP, SYMBOL, "zend_hash_find")
BEHIND(PHP, "php-fpm")
BEHIND(PHP, "php-cgi")
BEHIND(PHP, "libphp")
BEHIND(PHP, "php")
HIDES(PHP, "PHP functions", "phpspy -p PID")

RUNTIME(LUA, "lua", "Lua", true)
SIGN(LUA, EXE, "lua")
SIGN(LUA, EXE, "luajit")
SIGN(LUA, LIBRARY, "liblua")
SIGN(LUA, SYMBOL, "lua_newstate")
BEHIND(LUA, "liblua")
BEHIND(LUA, "lua")
HIDES(LUA, "Lua functions and coroutines", "debug.traceback() in the program")

RUNTIME(GO, "go", "Go", false)
SIGN(GO, NOTE, "Go")
SIGN(GO, MAPPING, "[anon: Go: ")
SIGN(GO, ADDRESS, "0xc000000000")
SIGN(GO, LIBRARY, "libgo.so")
HIDES(GO, "goroutines that wait, and for whom: no thread is theirs",
	"dlv attach PID, or net/http/pprof in the program")
ROLE(GO, IS, "runtime.sysmon", "monitor", "Go sysmon",
	"It watches over the others: takes processors back from who blocks or runs too long.")
ROLE(GO, HAS, "runtime.templateThread", "service", "Go M, template",
	"It makes new threads with a clean state.")
ROLE(GO, IS, "runtime.stopm", "idle", "Go M, idle",
	"A thread of the kernel's that has no goroutine to run now.")
ROLE(GO, IS, "runtime.findRunnable", "idle", "Go M, seeks work",
	"A thread of the kernel's that looks for a goroutine to run.")
ROLE(GO, IS, "runtime.findrunnable", "idle", "Go M, seeks work",
	"A thread of the kernel's that looks for a goroutine to run.")
ROLE(GO, IS, "runtime.gcBgMarkWorker", "gc_concurrent", "Go M, GC", GC_BESIDE_MEANING)
ROLE(GO, IS, "runtime.goexit", "worker", "Go M, goroutine", GO_M_MEANING)
ROLE(GO, IS, "runtime.goexit.abi0", "worker", "Go M, goroutine", GO_M_MEANING)
ROLE(GO, IS, "runtime.main", "worker", "Go M, main goroutine", GO_M_MEANING)
ROLE(GO, IS, "runtime.mstart.abi0", "worker", "Go M", GO_M_MEANING)
ROLE(GO, IS, "runtime.mstart", "worker", "Go M", GO_M_MEANING)
ROLE(GO, IS, "threadentry", "worker", "Go M", GO_M_MEANING)
ROLE(GO, IS, "runtime/cgo(.text)", "worker", "Go M", GO_M_MEANING)

RUNTIME(CXX, "c++", "C++", false)
SIGN(CXX, NEEDED, "libstdc++.so")
SIGN(CXX, NEEDED, "libc++.so")
SIGN(CXX, BROUGHT, "libstdc++.so")
SIGN(CXX, BROUGHT, "libc++.so")
ROLE(CXX, IS, "execute_native_thread_routine", "thread", "std::thread", STD_THREAD_MEANING)
ROLE(CXX, HAS, "__thread_proxy", "thread", "std::thread", STD_THREAD_MEANING)
ROLE(CXX, IN, "libstdc++.so", "thread", "std::thread", STD_THREAD_MEANING)

RUNTIME(C, "c", "C", false)
SIGN(C, LIBRARY, "libc.so")
SIGN(C, LIBRARY, "libc-2.")
SIGN(C, LIBRARY, "libc.musl-")
SIGN(C, LIBRARY, "ld-musl-")

RUNTIME(TOKIO, "tokio", "Rust tokio", false)
SIGN(TOKIO, THREAD, "tokio-runtime-w")
SIGN(TOKIO, THREAD, "tokio-rt-worker")
HIDES(TOKIO, "tasks that wait: no thread is theirs",
	"tokio-console, where the program was built for it")
ROLE(TOKIO, HAS, "multi_thread::worker", "worker", "tokio worker", TOKIO_MEANING)
ROLE(TOKIO, HAS, "12multi_thread6worker", "worker", "tokio worker", TOKIO_MEANING)
ROLE(TOKIO, HAS, "thread_pool::worker", "worker", "tokio worker", TOKIO_MEANING)
ROLE(TOKIO, HAS, "11thread_pool6worker", "worker", "tokio worker", TOKIO_MEANING)
ROLE(TOKIO, HAS, "tokio::runtime::blocking::pool", "pool", "tokio blocking", TOKIO_POOL_MEANING)
ROLE(TOKIO, HAS, "5tokio7runtime8blocking4pool", "pool", "tokio blocking", TOKIO_POOL_MEANING)
ROLE(TOKIO, NAME, "tokio-runtime-w", "thread", "tokio thread", TOKIO_EITHER_MEANING)
ROLE(TOKIO, NAME, "tokio-rt-worker", "thread", "tokio thread", TOKIO_EITHER_MEANING)

RUNTIME(OPENMP, "openmp", "OpenMP", false)
SIGN(OPENMP, LIBRARY, "libgomp.so")
SIGN(OPENMP, LIBRARY, "libgomp-")
SIGN(OPENMP, LIBRARY, "libomp.so")
SIGN(OPENMP, LIBRARY, "libomp5.so")
SIGN(OPENMP, LIBRARY, "libiomp5.so")
ROLE(OPENMP, IS, "gomp_thread_start", "worker", "OpenMP worker", OPENMP_MEANING)
ROLE(OPENMP, IN, "libgomp", "worker", "OpenMP worker", OPENMP_MEANING)
ROLE(OPENMP, HAS, "__kmp_launch_worker", "worker", "OpenMP worker", OPENMP_MEANING)
ROLE(OPENMP, HAS, "__kmp_launch_monitor", "service", "OpenMP monitor", OPENMP_MEANING)
ROLE(OPENMP, IN, "libomp", "worker", "OpenMP worker", OPENMP_MEANING)
ROLE(OPENMP, IN, "libiomp5", "worker", "OpenMP worker", OPENMP_MEANING)

RUNTIME(GLIB, "glib", "GLib", false)
SIGN(GLIB, LIBRARY, "libglib-2.0.so")
ROLE(GLIB, NAME_IS, "gmain", "loop", "GLib main loop", GLIB_LOOP_MEANING)
ROLE(GLIB, NAME_IS, "gdbus", "loop", "GDBus loop", GLIB_LOOP_MEANING)
ROLE(GLIB, NAME, "pool-", "pool", "GLib pool", "A worker of a thread pool.")

RUNTIME(LIBUV, "libuv", "libuv", false)
SIGN(LIBUV, LIBRARY, "libuv.so")
ROLE(LIBUV, NAME, "libuv-worker", "pool", "libuv pool", LIBUV_MEANING)

RUNTIME(UNKNOWN, "unknown", "unknown", false)
#undef RUNTIME
#undef SIGN
#undef BEHIND
#undef MAPS
#undef HIDES
#undef ROLE
