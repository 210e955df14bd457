//! `internalBinding('free_variables')`: what the text of a function refers to without declaring it.
//!
//! A task of `weft:pool` that is a function travels as its text, so nothing of the scopes around it goes along. Whoever
//! refers to one of their variables is told before the task leaves (`js/internal/pool/code.js`), and not by a
//! ReferenceError elsewhere.
//!
//! The rules are ECMA-262's of declarations and scopes, with the hoisting of Annex B.3 for functions in blocks. What
//! cannot be known from the text counts as declared: names inside `with`, and those that a direct `eval` may declare.
//! `typeof name` alone does not count as referring to it, since that is how scripts ask whether a global is there.
//!
//! *Threads:* any; no state.

use std::collections::HashSet;

use swc_common::{BytePos, Span, Spanned as _};
use swc_ecma_ast::{
    ArrowExpr, ArrowFunctionBody, BindingIdent, BlockStmt, BreakStmt, CallExpr, Callee, CatchClause, ClassExpr,
    ClassProp, Constructor, ContinueStmt, Decl, Expr, FnDecl, FnExpr, ForHead, ForInStmt, ForOfStmt, ForStmt, Function,
    FunctionBody, Ident, LabeledStmt, MetaPropExpr, MetaPropKind, ObjectLit, ParamOrTsParamProp, Pat, PrivateProp,
    PropName, StaticBlock, Stmt, Super, SwitchStmt, ThisExpr, UnaryExpr, UnaryOp, VarDecl, VarDeclKind, VarDeclOrExpr,
    WithStmt,
};
use swc_ecma_parser::{EsSyntax, Parser, StringInput, Syntax};
use swc_ecma_visit::{Visit, VisitWith as _};

use super::OpDecl;
use super::args::{IntoJs as _, arg_function, arg_string};
use super::error::OpResult;
use super::surroundings;
use crate::op;

/// This area's operations.
pub const OPS: &[OpDecl] = &[
    op!("freeVariables", 1, free_variables),
    op!("location", 1, location),
    op!("declaredAround", 5, surroundings::declared_around),
];

/// `freeVariables(text)`: an array [name, line from 1, …], each name once; undefined where the text could not be read.
fn free_variables(
    scope: &mut v8::PinScope,
    args: &v8::FunctionCallbackArguments,
    mut rv: v8::ReturnValue<v8::Value>,
) -> OpResult {
    let text = arg_string(scope, args, 0)?;
    let Some(found) = analyse(text) else { return Ok(()) };
    let mut items = Vec::with_capacity(found.len() * 2);
    for free in found {
        items.push(free.name.into_js(scope)?);
        items.push(v8::Number::new(scope, free.line as f64).into());
    }
    rv.set(v8::Array::new_with_elements(scope, &items).into());
    Ok(())
}

/// `location(fn)`: `[script, line from 1, column from 0]` of its parameters; undefined where it is not known.
fn location<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: &v8::FunctionCallbackArguments<'s>,
    mut rv: v8::ReturnValue<v8::Value>,
) -> OpResult {
    let function = arg_function(args, 0)?;
    let Some(line) = function.get_script_line_number() else { return Ok(()) };
    let origin = function.get_script_origin(scope);
    let Some(name) = origin.resource_name().filter(|name| name.is_string()) else { return Ok(()) };
    let line = v8::Number::new(scope, f64::from(line) + 1.0).into();
    let column = v8::Number::new(scope, f64::from(function.get_script_column_number().unwrap_or(0))).into();
    rv.set(v8::Array::new_with_elements(scope, &[name, line, column]).into());
    Ok(())
}

/// A name that a function refers to and does not declare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FreeVariable {
    /// The name; also `this`, `super`, `new.target` and `import.meta`, where they are those of the surroundings.
    pub name: String,
    /// Line of its first use in the text, from 1.
    pub line: usize,
}

/// Longer or deeper texts are read on a thread with a stack to match: parser and visitors recurse.
const SMALL_TEXT: usize = 800;
const SMALL_DEPTH: usize = 24;
const LARGE_STACK: usize = 256 << 20;

/// What `text`, as `Function.prototype.toString` gives it, refers to. `None` where it cannot be parsed.
pub fn analyse(text: String) -> Option<Vec<FreeVariable>> {
    if text.len() <= SMALL_TEXT && bracket_depth(&text) <= SMALL_DEPTH {
        return analyse_here(&text);
    }
    on_large_stack(move || analyse_here(&text))
}

/// Does something whose depth follows from a text.
pub(super) fn on_large_stack<R: Send + 'static>(work: impl FnOnce() -> Option<R> + Send + 'static) -> Option<R> {
    let thread = std::thread::Builder::new().name("weft-parser".into()).stack_size(LARGE_STACK);
    thread.spawn(work).ok()?.join().ok()?
}

fn bracket_depth(text: &str) -> usize {
    let (mut depth, mut most) = (0_usize, 0);
    for byte in text.bytes() {
        match byte {
            b'(' | b'[' | b'{' => {
                depth += 1;
                most = most.max(depth);
            }
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    most
}

/// The function around the text makes `new.target` and `super` parse; only what is returned is looked at.
fn analyse_here(text: &str) -> Option<Vec<FreeVariable>> {
    let as_expression = ("(function(){return(", "\n)})");
    // A method, getter or setter is no expression by itself.
    let as_method = ("(function(){return({", "\n})})");
    [as_expression, as_method].into_iter().find_map(|(before, after)| {
        let source = format!("{before}{text}{after}");
        let returned = parse(&source)?;
        let mut analysis = Analysis::default();
        match &*returned {
            Expr::Object(object) if before == as_method.0 => object.props.visit_with(&mut analysis),
            expression => expression.visit_with(&mut analysis),
        }
        let line = |at: BytePos| {
            let end = (at.0 as usize).saturating_sub(1).min(source.len());
            source.as_bytes().get(..end).map_or(1, |before| before.iter().filter(|&&b| b == b'\n').count() + 1)
        };
        let found = analysis.free.into_iter();
        Some(found.map(|(name, at)| FreeVariable { name, line: line(at) }).collect())
    })
}

fn parse(source: &str) -> Option<Box<Expr>> {
    let end = u32::try_from(source.len()).ok()?.checked_add(1)?;
    let input = StringInput::new(source, BytePos(1), BytePos(end));
    let syntax = EsSyntax {
        allow_super_outside_method: true,
        explicit_resource_management: true,
        import_attributes: true,
        ..EsSyntax::default()
    };
    let script = Parser::new(Syntax::Es(syntax), input, None).parse_script().ok()?;
    let [Stmt::Expr(statement)] = &script.body[..] else { return None };
    let Expr::Paren(wrapper) = &*statement.expr else { return None };
    let Expr::Fn(wrapper) = &*wrapper.expr else { return None };
    let [Stmt::Return(returned)] = &wrapper.function.body.as_ref()?.stmts[..] else { return None };
    let Expr::Paren(inner) = &**returned.arg.as_ref()? else { return None };
    Some(inner.expr.clone())
}

/// Names that a pattern binds.
#[derive(Default)]
pub(super) struct Bindings(HashSet<String>);

impl Visit for Bindings {
    fn visit_binding_ident(&mut self, node: &BindingIdent) {
        self.0.insert(node.id.sym.to_string());
    }

    // Defaults and computed keys bind nothing.
    fn visit_expr(&mut self, _: &Expr) {}
    fn visit_prop_name(&mut self, _: &PropName) {}
}

impl Bindings {
    pub(super) fn add(&mut self, name: &Ident) {
        self.0.insert(name.sym.to_string());
    }

    fn add_declarations(&mut self, declaration: &VarDecl) {
        for declarator in &declaration.decls {
            declarator.name.visit_with(self);
        }
    }

    /// What the statements of a block declare for that block.
    fn add_lexical<'a>(&mut self, statements: impl IntoIterator<Item = &'a Stmt>) {
        for statement in statements {
            let Stmt::Decl(declaration) = statement else { continue };
            match declaration {
                Decl::Class(class) => drop(self.0.insert(class.ident.sym.to_string())),
                Decl::Fn(function) => drop(self.0.insert(function.ident.sym.to_string())),
                Decl::Var(variables) => self.add_declarations(variables),
                Decl::Using(variables) => {
                    for declarator in &variables.decls {
                        declarator.name.visit_with(self);
                    }
                }
                _ => {}
            }
        }
    }
}

/// What is hoisted to the function whose parts are visited, and whether a direct `eval` is among them.
#[derive(Default)]
struct Hoisted {
    names: Bindings,
    eval: bool,
}

impl Visit for Hoisted {
    fn visit_var_decl(&mut self, node: &VarDecl) {
        if node.kind == VarDeclKind::Var {
            self.names.add_declarations(node);
        }
        node.visit_children_with(self);
    }

    fn visit_fn_decl(&mut self, node: &FnDecl) {
        self.names.0.insert(node.ident.sym.to_string());
    }

    fn visit_call_expr(&mut self, node: &CallExpr) {
        if let Callee::Expr(callee) = &node.callee {
            self.eval |= callee.as_ident().is_some_and(|ident| ident.sym == "eval");
        }
        node.visit_children_with(self);
    }

    // Functions within hoist to themselves.
    fn visit_function(&mut self, _: &Function) {}
    fn visit_arrow_expr(&mut self, _: &ArrowExpr) {}
    fn visit_constructor(&mut self, _: &Constructor) {}
    fn visit_static_block(&mut self, _: &StaticBlock) {}
}

#[derive(Default)]
struct Scope {
    names: HashSet<String>,
    /// Any name may be declared here.
    dynamic: bool,
}

impl From<Bindings> for Scope {
    fn from(names: Bindings) -> Self {
        Self { names: names.0, dynamic: false }
    }
}

impl From<Hoisted> for Scope {
    fn from(hoisted: Hoisted) -> Self {
        Self { names: hoisted.names.0, dynamic: hoisted.eval }
    }
}

/// The walk proper. Declarations are entered into their scopes before what is in the scope is visited, so the names in
/// declarations can be treated like any other use.
#[derive(Default)]
pub(super) struct Analysis {
    scopes: Vec<Scope>,
    free: Vec<(String, BytePos)>,
    /// Functions and class bodies around, which have a `this` of their own.
    receivers: usize,
    /// Object literals and classes around, whose methods have a `super`.
    homes: usize,
    /// The function whose surroundings are asked for, and what they declare, once it was met.
    target: Option<(BytePos, BytePos)>,
    around: Option<HashSet<String>>,
}

impl Analysis {
    /// For [`Analysis::found`] of what stands from `start` to `end`.
    pub(super) fn looking_for(start: BytePos, end: BytePos) -> Self {
        Self { target: Some((start, end)), ..Self::default() }
    }

    /// Walks through a program, in which `names` are declared besides what its statements declare.
    pub(super) fn program(&mut self, names: Bindings, statements: &[Stmt]) {
        self.within(names, |this| this.statements(statements));
    }

    /// What the scopes around the function declare that was looked for.
    pub(super) fn found(self) -> Option<HashSet<String>> {
        self.around
    }

    fn meet(&mut self, span: Span) {
        if let (Some((start, end)), None) = (self.target, &self.around)
            && span.lo >= start
            && span.hi <= end
        {
            self.around = Some(self.scopes.iter().flat_map(|scope| scope.names.iter().cloned()).collect());
        }
    }

    fn within(&mut self, scope: impl Into<Scope>, visit: impl FnOnce(&mut Self)) {
        self.scopes.push(scope.into());
        visit(self);
        self.scopes.pop();
    }

    fn with_receiver(&mut self, visit: impl FnOnce(&mut Self)) {
        self.receivers += 1;
        visit(self);
        self.receivers -= 1;
    }

    fn report(&mut self, name: &str, at: BytePos) {
        if !self.free.iter().any(|(seen, _)| seen == name) {
            self.free.push((name.to_owned(), at));
        }
    }

    /// Parameters, then the body: defaults do not see what the body declares.
    fn function<'a>(&mut self, params: &[&'a Pat], body: Option<&'a FunctionBody>, arguments: bool) {
        let mut outer = Hoisted::default();
        for param in params {
            param.visit_with(&mut outer);
            param.visit_with(&mut outer.names);
        }
        if arguments {
            outer.names.0.insert("arguments".into());
        }
        self.within(outer, |this| {
            for param in params {
                param.visit_with(this);
            }
            if let Some(body) = body {
                this.statements(&body.stmts);
            }
        });
    }

    /// The body of something that `var` hoists to.
    fn statements(&mut self, statements: &[Stmt]) {
        let mut hoisted = Hoisted::default();
        for statement in statements {
            statement.visit_with(&mut hoisted);
        }
        hoisted.names.add_lexical(statements);
        self.within(hoisted, |this| {
            for statement in statements {
                statement.visit_with(this);
            }
        });
    }
}

fn loop_names(head: &ForHead) -> Bindings {
    let mut names = Bindings::default();
    match head {
        ForHead::VarDecl(declaration) => names.add_declarations(declaration),
        ForHead::UsingDecl(declaration) => declaration.decls.iter().for_each(|d| d.name.visit_with(&mut names)),
        ForHead::Pat(_) => {}
    }
    names
}

impl Visit for Analysis {
    fn visit_ident(&mut self, node: &Ident) {
        let declared = self.scopes.iter().any(|scope| scope.dynamic || scope.names.contains(&*node.sym));
        if !declared {
            self.report(&node.sym, node.span.lo);
        }
    }

    fn visit_this_expr(&mut self, node: &ThisExpr) {
        if self.receivers == 0 {
            self.report("this", node.span.lo);
        }
    }

    fn visit_super(&mut self, node: &Super) {
        if self.homes == 0 {
            self.report("super", node.span.lo);
        }
    }

    fn visit_meta_prop_expr(&mut self, node: &MetaPropExpr) {
        match node.kind {
            MetaPropKind::NewTarget if self.receivers == 0 => self.report("new.target", node.span.lo),
            MetaPropKind::NewTarget => {}
            MetaPropKind::ImportMeta => self.report("import.meta", node.span.lo),
        }
    }

    fn visit_unary_expr(&mut self, node: &UnaryExpr) {
        if node.op != UnaryOp::TypeOf || !node.arg.is_ident() {
            node.visit_children_with(self);
        }
    }

    fn visit_expr(&mut self, node: &Expr) {
        self.meet(node.span());
        node.visit_children_with(self);
    }

    fn visit_function(&mut self, node: &Function) {
        self.meet(node.span);
        let params: Vec<&Pat> = node.params.iter().map(|param| &param.pat).collect();
        self.with_receiver(|this| this.function(&params, node.body.as_ref(), true));
    }

    fn visit_constructor(&mut self, node: &Constructor) {
        let params = node.params.iter().filter_map(|param| match param {
            ParamOrTsParamProp::Param(param) => Some(&param.pat),
            ParamOrTsParamProp::TsParamProp(_) => None,
        });
        let params: Vec<&Pat> = params.collect();
        self.with_receiver(|this| this.function(&params, node.body.as_ref(), true));
    }

    fn visit_arrow_expr(&mut self, node: &ArrowExpr) {
        let params: Vec<&Pat> = node.params.iter().collect();
        match &*node.body {
            ArrowFunctionBody::FunctionBody(body) => self.function(&params, Some(body), false),
            ArrowFunctionBody::Expr(value) => {
                let mut names = Hoisted::default();
                for param in &params {
                    param.visit_with(&mut names);
                    param.visit_with(&mut names.names);
                }
                value.visit_with(&mut names);
                self.within(names, |this| {
                    for param in params {
                        param.visit_with(this);
                    }
                    value.visit_with(this);
                });
            }
        }
    }

    fn visit_fn_expr(&mut self, node: &FnExpr) {
        let names = Bindings(node.ident.iter().map(|ident| ident.sym.to_string()).collect());
        self.within(names, |this| node.function.visit_with(this));
    }

    fn visit_class_expr(&mut self, node: &ClassExpr) {
        let names = Bindings(node.ident.iter().map(|ident| ident.sym.to_string()).collect());
        self.within(names, |this| node.class.visit_with(this));
    }

    fn visit_class(&mut self, node: &swc_ecma_ast::Class) {
        node.super_class.visit_with(self);
        self.homes += 1;
        node.body.visit_with(self);
        self.homes -= 1;
    }

    fn visit_object_lit(&mut self, node: &ObjectLit) {
        self.homes += 1;
        node.visit_children_with(self);
        self.homes -= 1;
    }

    fn visit_class_prop(&mut self, node: &ClassProp) {
        node.key.visit_with(self);
        self.with_receiver(|this| node.value.visit_with(this));
    }

    fn visit_private_prop(&mut self, node: &PrivateProp) {
        self.with_receiver(|this| node.value.visit_with(this));
    }

    fn visit_static_block(&mut self, node: &StaticBlock) {
        self.with_receiver(|this| this.statements(&node.body.stmts));
    }

    fn visit_block_stmt(&mut self, node: &BlockStmt) {
        let mut names = Bindings::default();
        names.add_lexical(&node.stmts);
        self.within(names, |this| node.visit_children_with(this));
    }

    fn visit_for_stmt(&mut self, node: &ForStmt) {
        let mut names = Bindings::default();
        if let Some(VarDeclOrExpr::VarDecl(declaration)) = &node.init {
            names.add_declarations(declaration);
        }
        self.within(names, |this| node.visit_children_with(this));
    }

    fn visit_for_in_stmt(&mut self, node: &ForInStmt) {
        self.within(loop_names(&node.left), |this| node.visit_children_with(this));
    }

    fn visit_for_of_stmt(&mut self, node: &ForOfStmt) {
        self.within(loop_names(&node.left), |this| node.visit_children_with(this));
    }

    fn visit_switch_stmt(&mut self, node: &SwitchStmt) {
        node.discriminant.visit_with(self);
        let mut names = Bindings::default();
        for case in &node.cases {
            names.add_lexical(&case.cons);
        }
        self.within(names, |this| node.cases.visit_with(this));
    }

    fn visit_catch_clause(&mut self, node: &CatchClause) {
        let mut names = Bindings::default();
        node.param.visit_with(&mut names);
        self.within(names, |this| node.visit_children_with(this));
    }

    fn visit_with_stmt(&mut self, node: &WithStmt) {
        node.obj.visit_with(self);
        self.within(Scope { names: HashSet::new(), dynamic: true }, |this| node.body.visit_with(this));
    }

    // Labels are names of another kind.
    fn visit_labeled_stmt(&mut self, node: &LabeledStmt) {
        node.body.visit_with(self);
    }
    fn visit_break_stmt(&mut self, _: &BreakStmt) {}
    fn visit_continue_stmt(&mut self, _: &ContinueStmt) {}
}

#[cfg(test)]
mod tests {
    use super::analyse;

    fn free(text: &str) -> String {
        let found = analyse(text.to_owned());
        found.map_or("?".to_owned(), |found| {
            found.iter().map(|f| format!("{}:{}", f.name, f.line)).collect::<Vec<_>>().join(" ")
        })
    }

    #[test]
    fn own_declarations_of_every_kind_are_not_free() {
        for text in [
            "(a, { b, c: [d = a], ...e }, ...f) => a + b + d + e + f",
            "function f(n) { return n ? f(n - 1) : arguments.length }",
            "() => { x = 1; var x; { var y } return y + z(); function z() {} }",
            "() => { if (1) { function g() {} } return g; }",
            "() => { for (const [k, v] of []) k + v; for (let i = 0; i < 2; i++) i; for (var q in {}) q; return q; }",
            "() => { try {} catch ({ message }) { message } switch (1) { case 1: let s = 2; s } }",
            "() => { class A { #p = 1; static s = A; m() { return this.#p + new A().m() } } return A }",
            "() => { const B = class C extends Object { constructor(v) { super(v); C } }; return B }",
            "() => { outer: for (;;) { inner: for (;;) { continue outer; break inner } } }",
            "function () { return [this, new.target, () => arguments] }",
            "async function* g(a) { for await (const x of a) { yield* g(x); await x } }",
            "method(a) { return { a, method: a.method, [a]: a.b.c } }",
            "get x() { return this.y }",
            "async *[`k`](v) { v }",
            "(a) => { ({ a } = { a: 1 }); [a.b] = [2]; a ??= 3 }",
            "() => { eval('var late = 1'); return late }",
            "function f(o) { with (o) { return inner } }",
            "() => typeof window",
            "() => { let tag = (s) => s; return tag`x${tag}` }",
            "() => ({ __proto__: null, get p() { return super.q } })",
        ] {
            let globals = ["Object:1", "eval:1"];
            let found = free(text);
            assert!(found.split(' ').all(|name| name.is_empty() || globals.contains(&name)), "{text}: {found}");
        }
    }

    #[test]
    fn names_from_outside_are_found_with_their_lines() {
        for (text, expected) in [
            ("() => x", "x:1"),
            ("(a) => {\n  const b = 1;\n  return a + b + later;\n}", "later:3"),
            ("(a = b) => { var b }", "b:1"),
            ("function (a = inner()) { function inner() {} }", "inner:1"),
            ("() => { { let hidden } return hidden }", "hidden:1"),
            ("() => { { class K {} } return K }", "K:1"),
            ("() => { for (let i = 0;;) {} i }", "i:1"),
            ("() => { (function named() {}); named }", "named:1"),
            ("() => { (class Named {}); Named }", "Named:1"),
            ("() => ({ short, [key]: 1, plain: value })", "short:1 key:1 value:1"),
            ("({ a = fallback }) => a", "fallback:1"),
            (
                "() => { target = 1; other.x = 2; [third] = []; ({ p: fourth } = {}) }",
                "target:1 other:1 third:1 fourth:1",
            ),
            ("() => this.x", "this:1"),
            ("() => arguments", "arguments:1"),
            ("() => new.target", "new.target:1"),
            ("() => import.meta.url", "import.meta:1"),
            ("method() { return super.method() }", "super:1"),
            ("() => class extends Base { [name()] = field; static { block } }", "Base:1 name:1 field:1 block:1"),
            ("() => { class A { [this.k]() {} } }", "this:1"),
            ("() => { label: for (;;) { break label } return label }", "label:1"),
            ("() => { try {} catch (e) {} return e }", "e:1"),
            ("() => { switch (1) { case 1: let s } return s }", "s:1"),
            ("() => typeof x.y", "x:1"),
            ("() => { () => { eval('') }; return outside }", "outside:1"),
            ("async () => { await import(where); tag`${hole}` }", "where:1 tag:1 hole:1"),
            ("[key](v) { return v }", "key:1"),
            ("x => y => z => x + y + z + w", "w:1"),
        ] {
            assert_eq!(free(text), expected, "{text}");
        }
    }

    #[test]
    fn text_that_is_no_function_is_not_read() {
        assert_eq!(free("#hidden() {}"), "?");
        assert_eq!(free("function ("), "?");
    }

    #[test]
    fn deep_texts_do_not_end_the_stack() {
        let text = format!("() => {}1{}", "(".repeat(2000), ")".repeat(2000));
        assert_eq!(free(&text), "");
        let text = format!("() => {}x", "a => ".repeat(1500));
        assert_eq!(free(&text), "x:1");
        let text = format!("() => {}x", "1 + ".repeat(20_000));
        assert_eq!(free(&text), "x:1");
    }
}
