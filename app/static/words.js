// The few sentences that scripts say. English is the source; the page's language picks.
const ZH = {
  "Are you sure?": "确定吗？", "Yes": "确定", "Back": "返回", "Close": "关闭", "Clear": "清空", "Take away": "去掉", "Delete": "删除", "Open": "打开",
  "Saving…": "保存中…", "You have typed things that are not saved.": "有内容还没有保存。",
  "Sending": "正在上传", "Reason to see this in full: %s": "查看完整「%s」的原因", "The reason is logged.": "会留记录。", "Show": "显示",
  "Type a reason.": "写上原因。", "Hidden again in %s s": "%s 秒后收起", "Not possible now. Try again.": "现在不行，请再试。",
  "Offline. Try again when back online.": "断网了，连上后再试。", "Nothing found": "没有找到", "Type to find": "输入查找",
  "Value": "值", "filled": "已填", "not filled": "没填", "yes": "是", "no": "否", "Table": "看表格", "Nothing to draw.": "没有可画的数。",
  "This chart could not be loaded.": "图没有取到。", "Keys": "快捷键", "Search": "搜索", "New": "新建", "Move in the list": "在列表里上下移",
  "Open the row": "打开这一行", "Find in this list": "在列表里查找", "Change this record": "修改这条", "Take that step": "办第几步", "Go home": "去首页",
  "Go to customers": "去客户", "Go to orders": "去订单", "Go to dispatch": "去派单", "Go to notices": "去通知",
  "Save or send": "保存或提交", "This help": "本页说明", "Close what is open": "关闭弹出的窗", "Single-letter keys on": "启用单字母快捷键",
  "10 thousand yuan": "万元", "%s changed": "改了 %s 处", "then": "再按", "Loading…": "读取中…",
  "from": "从", "up to": "到", "Days": "天数", "How": "方式", "Field": "字段", "itself": "（本身）", "Match": "满足",
  "all of these": "全部条件", "any of these": "任一条件", "none of these": "都不满足", "Add condition": "加条件", "Add group": "加一组",
  "Remove this condition": "去掉这个条件", "Remove this group": "去掉这一组", "Apply": "应用", "Use it": "用这个条件",
  "Fill in each condition, or remove it.": "有条件没填，请填上或去掉。", "Begin with a saved view": "从已存视图开始", "New notice": "新通知",
  "Move %s up": "把「%s」往上移", "Group by": "分组", "(not grouped)": "（不分组）", "Row height": "行高", "comfortable": "宽松", "compact": "紧凑",
  "As it was": "恢复原样", "Width of %s": "「%s」的宽度", "average %s": "平均 %s", "Total": "合计", "Preview": "预览", "Change here": "就地修改",
  "You may not change anything of this row here.": "这一行在这里没有可以改的。", "You may not change this cell.": "这一格你不能改。", "Preview the row": "预览这一行", "Change a cell of the row": "改这一行的一格",
  "%s chosen": "已选 %s 条", "Colleagues": "同事", "Write a note": "写备注", "Previous or next page or record": "上一页（条）、下一页（条）",
  "Commands": "命令", "Go, begin, take a step, or find a record": "去哪里、新建什么、办哪一步，或找一条记录", "On this page": "本页",
  "Commands: go, begin, take a step": "命令：去、新建、办步骤", "Assign that carer": "派给第几位", "Choose that service": "选第几项服务",
  "Set a right, or take it back": "设置权限，或恢复", "You began this on %s and did not save it.": "%s 填过这一页，还没保存。", "Somebody has changed it since; what you typed wins where you restore it.": "之后有人改过；恢复后以你填的为准。",
  "Restore": "恢复", "Throw away": "丢掉", "Restored. Save to keep it.": "已恢复，保存后才生效。", "New: “%s”": "新建：「%s」", "New: %s": "新建%s", "Save": "保存",
  "The end must come after the start.": "结束要晚于开始。", "An identity number has 17 digits and a digit or X.": "身份证是 17 位数字加一位数字或 X。",
  "The birthday in this identity number does not exist. Check for a typing error.": "身份证号里的出生日期不存在，请检查是否输错。",
  "The last place of this identity number does not fit the others. Check for a typing error.": "身份证末位对不上，看看有没有写错。",
  "Photo": "照片", "Stop": "停止", "Previous file": "上一个文件", "Next file": "下一个文件",
  "No rating": "不评分", "%s of 5 stars": "%s 星（共 5 星）", "%s: sign here": "%s：在这里签", "Or type the name": "或输入姓名", "Begin again": "重签",
  "%s moved": "「%s」已移动", "1 day": "1 天", "%s days": "%s 天", "%s h": "%s 小时", "%s min": "%s 分",
  "Undo": "撤销", "Not part of your role.": "不属于你的岗位。", "No step leads from “%s” to “%s”.": "不能从「%s」直接到「%s」。", "Move “%s” to …": "把「%s」移到…",
  "Move": "移动", "It no longer fits the question of this list, so it left the board.": "它已不符合本列表的条件，从看板上移走了。", "Which step?": "办哪一步？", "No step leads back from there.": "办了这一步，就不能再退回来。",
  "Choose one.": "请选一个。", "Fill this in.": "请填写。", "You may not move this entry.": "你不能移动这一条。", "Another day": "换一天", "Another time": "换个时间", "Time": "时间", "Day": "日期",
  "%s points": "%s 个点", "%s here": "这里有 %s 个", "Only the newest %s are drawn. Narrow the question to see the others.": "只画了最新的 %s 个。缩小条件可看其余。",
  "Nothing in this list has a place yet.": "这个列表里还没有带位置的记录。", "and %s more": "还有 %s 个",
  "More or less": "增减", "The first %s are drawn; the table has all.": "只画了前 %s 项，表格里有全部。", "This tile could not be loaded.": "这一块没有取到。",
  "Shown where": "显示条件", "Needed where": "必填条件", "Read only where": "只读条件", "Read only": "只读", "“yes” is always; nothing is as it was.": "填「是」为总是如此；不填则照原样。", "Nothing is always.": "不填即总是显示。",
  "This can be read.": "读得懂。", "Rules of %s": "「%s」的规则", "Move %s down": "把「%s」往下移", "Section of “%s”": "「%s」所在的分组", "Tab of “%s”": "「%s」所在的页签",
  "Hidden": "隐藏", "Remove the tab “%s”": "去掉页签「%s」", "New tab": "新页签", "Name in Chinese": "中文名", "Name in English": "英文名",
  "Basics": "基本", "Kept": "已保存",
};
const chinese = document.documentElement.lang.startsWith("zh");

/** `text` in the page's language; `%s` is replaced by `value`. */
export function t(text, value) {
  const said = chinese ? ZH[text] ?? text : text;
  return value === undefined ? said : said.replace("%s", value);
}

/** The same in Chinese, whatever the language of the page: for what is kept in both. */
export const inChinese = (text) => ZH[text] ?? text;

export { chinese };
